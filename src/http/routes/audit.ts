import { z } from "zod";
import { type AuditRecord, microdaoHidden, readAudit } from "../../domain/governance/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeTextCursor, encodeTextCursor } from "../cursor.ts";
import { idOf, moment, pageOf, pageQuery } from "../schemas/values.ts";

const name = (description: string) => z.string().max(300).optional().meta({ description });
const time = (description: string) => z.iso.datetime({ offset: true }).optional().meta({ description });

const auditQuery = z.strictObject({
  ...pageQuery,
  microdao: name(
    "`md_…` or `microdao:7`. What the key is bound to, if left out; everything, for an operator's key.",
  ),
  actor: name("Who acted: `u_…`, `ag_…` or a program's name."),
  action: name("What was done, `access_key.revoked`."),
  resourceKind: name("What it was done to, `channel`."),
  resource: name("Which one, `c_…`."),
  since: time("Not before this moment."),
  before: time("Before this moment."),
});

const entrySchema = z
  .object({
    id: idOf("aud", "The entry."),
    at: moment,
    actor: z.object({ id: z.string().nullable(), kind: z.string().nullable() }),
    action: z.string(),
    resource: z.object({ kind: z.string().nullable(), id: z.string().nullable() }),
    microdaoId: z.string().nullable(),
    teamId: z.string().nullable(),
    requestId: z.string().nullable().meta({ description: "As in the header `x-request-id` and in the log." }),
    data: z
      .record(z.string(), z.unknown())
      .meta({ description: "Reason and details; never secrets or messages." }),
  })
  .meta({ id: "AuditEntry" });

/** Who did what, and who was refused what. */
export function auditRoutes(scope: ApiScope, { database: { db } }: RouteDeps): void {
  scope.get(
    "/audit",
    {
      schema: {
        operationId: "listAudit",
        summary: "Who did what, and who was refused what, newest first",
        description:
          "Needs `audit.read`. Refusals are `access.refused`, with the clause; of the same refusal of a key in a minute the " +
          "first is there, the tenth, the hundredth, each with how many `times`. Entries are only ever added.",
        tags: ["access keys"],
        querystring: auditQuery,
        response: { 200: pageOf(entrySchema, "AuditPage"), ...refusals(401, 403, 404, 422, 429, 503) },
      },
    },
    async (request) => {
      const { limit, cursor, microdao, since, before, ...wanted } = request.query;
      const after = decodeTextCursor("aud", cursor);
      const named = microdao === undefined ? undefined : await findMicrodao(db, microdao);
      if (microdao !== undefined && named === undefined) throw microdaoHidden({});
      const entries = await readAudit(db, principalOf(request), {
        microdaoId: named?.id,
        ...filterOf(wanted),
        since: dateOf(since),
        before: dateOf(before),
        after,
        limit: limit + 1,
      });
      const page = entries.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(present),
        nextCursor: entries.length > limit && last !== undefined ? encodeTextCursor(last) : null,
      };
    },
  );
}

type Wanted = Partial<Record<"actor" | "action" | "resourceKind" | "resource", string | undefined>>;

function filterOf({ actor, action, resourceKind, resource }: Wanted) {
  return {
    actorId: actor ?? null,
    action: action ?? null,
    resourceKind: resourceKind ?? null,
    resourceId: resource ?? null,
  };
}

function dateOf(moment: string | undefined): Date | null {
  return moment === undefined ? null : new Date(moment);
}

function present(entry: AuditRecord): z.output<typeof entrySchema> {
  const { id, createdAt, actorId, actorKind, action, microdaoId, teamId, requestId, data } = entry;
  return {
    id,
    at: createdAt.toISOString(),
    actor: { id: actorId, kind: actorKind },
    action,
    resource: { kind: entry.resourceKind, id: entry.resourceId },
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    teamId,
    requestId,
    data: { ...data },
  };
}
