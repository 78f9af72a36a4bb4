import type { Agent } from "../domain/governance/index.ts";
import { encodeId } from "../kernel/ids.ts";

/** An agent as commands print it. */
export function presentAgent({ id, microdaoId, ownerUserId, ...rest }: Agent): object {
  return {
    id: encodeId("ag", id),
    ...rest,
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    ownerUserId: ownerUserId === null ? null : encodeId("u", ownerUserId),
  };
}
