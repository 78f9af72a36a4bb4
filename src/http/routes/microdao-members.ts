import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { transact } from "../../db/index.ts";
import { audit, authorizeMicrodao, type Principal, seeingCapability } from "../../domain/governance/index.ts";
import { giveMicrodaoRole } from "../../domain/messaging/index.ts";
import {
  ensureUserByMatrixId,
  findMatrixIdOf,
  findMicrodao,
  findUserByMatrixId,
  listMicrodaoMembers,
  type MicrodaoMemberView,
  microdaoMemberMissing,
} from "../../domain/tenancy/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { idOf, moment, momentOf, pageOf, pageQuery } from "../schemas/values.ts";

const roles = z.enum(["owner", "admin", "member", "guest"]);

const memberSchema = z
  .object({
    id: idOf("u", "The user."),
    externalId: z.string().meta({ examples: ["user:93"] }),
    matrixId: z.string().nullable(),
    displayName: z.string().nullable(),
    role: roles,
    since: moment,
  })
  .meta({ id: "MicrodaoMember" });

const wishSchema = z.strictObject({ role: roles }).meta({ id: "MicrodaoRoleChange" });

const changedSchema = z
  .object({
    matrixId: z.string().nullable(),
    role: roles.nullable().meta({ description: "Null: no member any more." }),
    before: roles.nullable().meta({ description: "Null: was no member." }),
    rooms: z.int().meta({ description: "Rooms whose power levels follow." }),
    beyondBot: z
      .int()
      .meta({ description: "Rooms of the person in which the bot may not change power levels." }),
    space: z.boolean().meta({
      description:
        "Whether power in the microDAO's space is to follow. What the bot lacks for it is then the microDAO's `problem`.",
    }),
  })
  .meta({ id: "MicrodaoRoleChanged" });

const inMicrodao = z.object({ microdaoId: z.string().meta({ description: "`md_…` or `microdao:7`." }) });
const ofMember = inMicrodao.extend({
  userId: z.string().meta({ description: "`u_…`, or a Matrix id such as `@bob:example.org`." }),
});
const tags = ["microdaos"];
const rules =
  "Nobody gives a role above their own or changes others who have as high a one; owners do as they like, save that one " +
  "owner stays. A program may do what admins may. Power levels follow in the microDAO's space and in the rooms of its " +
  "channels that the person is in, as far as the bot may.";

/** Who belongs to a microDAO, and in which role. */
export function microdaoMemberRoutes(scope: ApiScope, deps: RouteDeps): void {
  listRoute(scope, deps);
  const url = "/microdaos/:microdaoId/members/:userId";
  const response = { 200: changedSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) };
  scope.put(
    url,
    {
      schema: {
        operationId: "setMicrodaoMember",
        summary: "Make a person a member of a microDAO, or give a member another role",
        description: rules,
        tags,
        params: ofMember,
        body: wishSchema,
        response,
      },
    },
    (request) => change(deps, request, request.body.role),
  );
  scope.delete(
    url,
    {
      schema: {
        operationId: "removeMicrodaoMember",
        summary: "End a person's membership in a microDAO",
        description: `${rules} Whoever stays in its space is a member again when somebody enters or leaves that.`,
        tags,
        params: ofMember,
        response,
      },
    },
    (request) => change(deps, request, null),
  );
}

function listRoute(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/microdaos/:microdaoId/members",
    {
      schema: {
        operationId: "listMicrodaoMembers",
        summary: "The members of a microDAO and their roles",
        tags,
        params: inMicrodao,
        querystring: z.strictObject(pageQuery),
        response: {
          200: pageOf(memberSchema, "MicrodaoMemberPage"),
          ...refusals(401, 403, 404, 422, 429, 503),
        },
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const after = decodeCursor(cursor)?.id ?? null;
      const principal = principalOf(request);
      const named = await findMicrodao(database.db, request.params.microdaoId);
      const may = seeingCapability(principal);
      const { microdaoId } = await authorizeMicrodao(database.db, principal, may, named?.id);
      const found = await listMicrodaoMembers(database.db, { microdaoId, after, limit: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(present),
        // Members are ordered by the row's id alone: the cursor's time is not used.
        nextCursor:
          found.length > limit && last !== undefined ? encodeCursor({ createdUs: 0n, id: last.id }) : null,
      };
    },
  );
}

type Role = z.infer<typeof roles>;
type Changed = z.infer<typeof changedSchema>;
type ChangeRequest = FastifyRequest<{ Params: { microdaoId: string; userId: string } }>;

/** Decision, change and audit in one transaction. */
async function change({ database }: RouteDeps, request: ChangeRequest, role: Role | null): Promise<Changed> {
  const principal = principalOf(request);
  const { params } = request;
  const named = await findMicrodao(database.db, params.microdaoId);
  return transact(database, principal.actor, async (tx) => {
    const { microdaoId } = await authorizeMicrodao(tx.db, principal, "member.manage", named?.id);
    const userId = await requireUser(tx, params.userId, role !== null);
    const given = await giveMicrodaoRole(tx, { microdaoId, userId, role, askerId: askerOf(principal) });
    const matrixId = (await findMatrixIdOf(tx.db, userId)) ?? null;
    await audit(tx, {
      action: role === null ? "microdao.member_removed" : "microdao.member_set",
      resourceKind: "microdao",
      resourceId: encodeId("md", microdaoId),
      microdaoId,
      requestId: request.id,
      data: { key_id: principal.keyId, user_id: encodeId("u", userId), role, ...given },
    });
    return { matrixId, role, ...given };
  });
}

type Tx = Parameters<Parameters<typeof transact>[2]>[0];

/** The user's uuid. Somebody who is only named by a Matrix id may be new. */
async function requireUser(tx: Tx, name: string, mayBeNew: boolean): Promise<string> {
  const id = decodeId("u", name);
  if (id !== undefined) return id;
  if (!name.startsWith("@")) throw microdaoMemberMissing({});
  const user = mayBeNew ? await ensureUserByMatrixId(tx, name) : await findUserByMatrixId(tx.db, name);
  if (user === undefined) throw microdaoMemberMissing({});
  return user.id;
}

function askerOf({ subject }: Principal): string | null {
  return subject.kind === "user" ? subject.uuid : null;
}

function present(view: MicrodaoMemberView): z.infer<typeof memberSchema> {
  const { userId, externalId, matrixId, displayName, role, sinceUs } = view;
  return { id: encodeId("u", userId), externalId, matrixId, displayName, role, since: momentOf(sinceUs) };
}
