import { accessKeyInvalid, type Principal } from "../domain/governance/index.ts";
import { agentKeyRequired } from "./errors.ts";

/** The uuid of the agent that the key belongs to. Throws `agent_key_required`. */
export function requireAgent({ subject }: Principal): string {
  if (subject.kind !== "agent") throw agentKeyRequired({});
  // The key outlived its agent.
  if (subject.uuid === null) throw accessKeyInvalid({});
  return subject.uuid;
}
