import type { DbClient } from "../db/index.ts";
import { authorize, channelMissing, type Principal } from "../domain/governance/index.ts";
import { messageMissing } from "./errors.ts";

/** A key that may not read a channel gets the same answer for every message in it, there or not. */
export async function requireReadable(db: DbClient, principal: Principal, channelId: string): Promise<void> {
  if (!principal.capabilities.has("chat.message.read")) throw messageMissing({});
  try {
    await authorize(db, principal, "chat.message.read", channelId);
  } catch (error) {
    throw channelMissing.is(error) ? messageMissing({}, { cause: error }) : error;
  }
}
