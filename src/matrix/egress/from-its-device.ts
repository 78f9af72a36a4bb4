import type { ClaimedSend } from "../../domain/messaging/index.ts";
import { isUnknownDevice } from "../homeserver/index.ts";
import type { EgressDeps } from "./deps.ts";

/**
 * Does something as the sender's device. One that the homeserver has lost is made anew, and it is done once more; what the
 * lost one has sent is not remembered any more. Where no device can be had, it is done without.
 */
export async function fromItsDevice<T>(
  deps: EgressDeps,
  send: ClaimedSend,
  work: (deps: EgressDeps, send: ClaimedSend) => Promise<T>,
): Promise<T> {
  try {
    return await work(deps, send);
  } catch (error) {
    if (!isUnknownDevice(error)) throw error;
  }
  const deviceId = await deps.ghosts.renewDevice(send.agentId);
  try {
    return await work(deps, { ...send, deviceId, deviceSince: null });
  } catch (error) {
    if (!isUnknownDevice(error)) throw error;
    return work(deps, { ...send, deviceId: null, deviceSince: null });
  }
}
