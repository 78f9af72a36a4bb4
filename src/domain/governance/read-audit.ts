import type { DbClient } from "../../db/index.ts";
import { type AuditFilter, type AuditRecord, selectAudit } from "./audit-store.ts";
import { requireCapability } from "./authorize.ts";
import { authorizeMicrodao } from "./authorize-microdao.ts";
import { actsForAll } from "./grant-access-key.ts";
import type { Principal } from "./principal.ts";

export type AuditQuery = Omit<AuditFilter, "microdaoId" | "teamId"> & {
  /** uuid; whoever operates the bridge may leave it out. */
  readonly microdaoId: string | undefined;
};

/**
 * What happened in a microDAO, newest first; to a key that is bound to a team what happened in the team; to whoever
 * operates the bridge everything. Throws 403 with the clause, and `microdao_not_found`.
 */
export async function readAudit(
  db: DbClient,
  principal: Principal,
  query: AuditQuery,
): Promise<AuditRecord[]> {
  requireCapability(principal, "audit.read");
  const { scope } = principal;
  const { microdaoId = scope.microdaoId ?? undefined } = query;
  if (microdaoId !== undefined || !actsForAll(principal)) {
    await authorizeMicrodao(db, principal, "audit.read", microdaoId);
  }
  return selectAudit(db, { ...query, microdaoId: microdaoId ?? null, teamId: scope.teamId });
}
