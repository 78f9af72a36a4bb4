import type { Tx } from "../../db/index.ts";
import { newId } from "../../kernel/ids.ts";
import { insertAuditRow } from "./audit-store.ts";
import { publicMicrodaoId } from "./public-microdao-id.ts";

export interface AuditEntry {
  /** `<noun>.<verb in the past>`, such as `access_key.revoked`. */
  readonly action: string;
  readonly resourceKind: string;
  readonly resourceId: string;
  /** uuid of the microDAO that it concerns. */
  readonly microdaoId?: string | null;
  readonly teamId?: string | null;
  /** The id of the HTTP request, as in the log. */
  readonly requestId?: string | null;
  /** Small and without secrets or message texts. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** Writes down who did what, in the transaction that does it, and tells subscribers of `audit.event`. */
export async function audit(tx: Tx, entry: AuditEntry): Promise<void> {
  const id = newId("aud", tx.now);
  await insertAuditRow(tx, {
    id,
    userId: tx.actor.kind === "user" ? tx.actor.id : null,
    teamId: entry.teamId ?? null,
    microdaoId: entry.microdaoId ?? null,
    action: entry.action,
    resourceKind: entry.resourceKind,
    resourceId: entry.resourceId,
    requestId: entry.requestId ?? null,
    data: entry.data ?? {},
  });
  tx.emit({
    topic: "audit.event",
    key: id,
    at: tx.now,
    actor: tx.actor,
    payload: {
      audit_id: id,
      action: entry.action,
      resource_kind: entry.resourceKind,
      resource_id: entry.resourceId,
      data: entry.data ?? {},
    },
    microdaoId: publicMicrodaoId(entry.microdaoId),
    teamId: entry.teamId ?? null,
  });
}
