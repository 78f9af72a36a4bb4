import type { DbClient } from "../../db/index.ts";
import { declareError } from "../../kernel/errors.ts";
import { type ChannelPlace, inputOf, requireCapability } from "./authorize.ts";
import { type Decision, type DenialCode, decide } from "./decide.ts";
import { denied } from "./errors.ts";
import {
  type MicrodaoRange,
  type MicrodaoRightsRow,
  selectManyMicrodaoRights,
  selectMicrodaoRights,
} from "./microdao-rights-store.ts";
import type { Principal } from "./principal.ts";

/** `denial` is for the audit log: the caller learns the same whether the microDAO is hidden or not there. */
export const microdaoHidden = declareError<{ denial?: DenialCode; field?: string }>(
  "microdao_not_found",
  "missing",
  () => "There is no such microDAO, or this key may not see it.",
);

/**
 * Lets a key do something in a microDAO, or throws: 403 with the decision's code, or `microdao_not_found` for one that is
 * not there and, with the same words, for one that the key has nothing to do with. One statement.
 */
export async function authorizeMicrodao(
  db: DbClient,
  principal: Principal,
  capability: string,
  microdaoId: string | undefined,
): Promise<{ readonly microdaoId: string }> {
  requireCapability(principal, capability);
  const query = { capability, userId: userOf(principal) };
  const row = microdaoId === undefined ? undefined : await selectMicrodaoRights(db, query, microdaoId);
  if (row === undefined) throw microdaoHidden({});
  const decision = decideOn(principal, capability, row);
  if (decision.allowed) return row;
  throw decision.hidden ? microdaoHidden({ denial: decision.code }) : denied(decision.code, decision.reason);
}

/** The next microDAOs, oldest first, in which the key may use the capability, as places (uuid and time of creation). */
export async function findMicrodaosAllowed(
  db: DbClient,
  principal: Principal,
  capability: string,
  range: MicrodaoRange,
): Promise<ChannelPlace[]> {
  requireCapability(principal, capability);
  const { subject, scope } = principal;
  const only = subject.kind === "agent" ? subject.microdaoId : scope.microdaoId;
  if (subject.kind === "agent" && only === null) return [];
  const rows = await selectManyMicrodaoRights(db, { capability, userId: userOf(principal), only }, range);
  return rows
    .filter((row) => decideOn(principal, capability, row).allowed)
    .map(({ createdUs, microdaoId }) => ({ createdUs, id: microdaoId }));
}

function userOf({ subject }: Principal): string | null {
  return subject.kind === "user" ? subject.uuid : null;
}

/** A microDAO is open to those who belong to it, as a channel is that all of its members may enter. */
function decideOn(principal: Principal, capability: string, row: MicrodaoRightsRow): Decision {
  return decide(
    inputOf(principal, capability, {
      ...row,
      teamId: principal.scope.teamId,
      visibility: "microdao",
      teamMode: null,
      membership: null,
      inTeam: true,
    }),
  );
}
