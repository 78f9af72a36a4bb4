import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { DbClient } from "../../db/index.ts";
import { transact } from "../../db/index.ts";
import {
  type AuthorizedChannel,
  audit,
  authorize,
  findAgent,
  type Principal,
} from "../../domain/governance/index.ts";
import {
  archiveChannel,
  changeChannel,
  changeRole,
  memberMissing,
  readChannels,
} from "../../domain/messaging/index.ts";
import { findMatrixIdOf } from "../../domain/tenancy/index.ts";
import { bug } from "../../kernel/errors.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { channelSchema, presentChannel } from "../schemas/channel.ts";
import { nameText, topicText, visibility } from "../schemas/new-channel.ts";

const channelChangeSchema = z
  .strictObject({ name: nameText.optional(), topic: topicText.optional(), visibility: visibility.optional() })
  .refine((change) => Object.keys(change).length > 0, "Say what to change: name, topic or visibility.")
  .meta({ id: "ChannelChange" });

const roleChangeSchema = z
  .strictObject({
    role: z
      .enum(["owner", "admin", "member"])
      .meta({ description: "Power level 100, 50 or 0 in the room; more than that counts the same." }),
  })
  .meta({ id: "RoleChange" });

const roleChangedSchema = z
  .object({ matrixId: z.string(), role: z.enum(["owner", "admin", "member"]) })
  .meta({ id: "RoleChanged" });

const inChannel = z.object({ channelId: z.string() });
const ofMember = z.object({ channelId: z.string(), userId: z.string().meta({ description: "`u_…`" }) });
const changed = { 202: channelSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) };
const later =
  "It is done in the Matrix room; the answer shows the channel as it was. What the room says then is mirrored.";

/** Changes of channels: what people see in their clients, too. */
export function channelChangeRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.patch(
    "/channels/:channelId",
    {
      schema: {
        operationId: "changeChannel",
        summary: "Change a channel's name, topic or visibility",
        description: later,
        tags: ["channels"],
        params: inChannel,
        body: channelChangeSchema,
        response: changed,
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { channelId } = await inOne(deps, request, request.params.channelId, async (tx, channel) => {
        await changeChannel(tx, channel.channelId, body);
        await note(tx, request, channel, { action: "channel.changed", data: { changed: Object.keys(body) } });
      });
      return reply.code(202).send(await show(deps.database.db, channelId));
    },
  );

  scope.post(
    "/channels/:channelId/archive",
    {
      schema: {
        operationId: "archiveChannel",
        summary: "Archive a channel",
        description:
          "Nothing more is mirrored or posted; what there is stays and can be read. The room is made read-only and leaves " +
          "the microDAO's space, as far as the bot may do that, and the bot and the agents leave it. Inviting the bot opens " +
          "the channel again.",
        tags: ["channels"],
        params: inChannel,
        response: changed,
      },
    },
    async (request, reply) => {
      const { channelId } = await inOne(deps, request, request.params.channelId, (tx, channel) =>
        archiveChannel(tx, channel.channelId, request.id),
      );
      return reply.code(202).send(await show(deps.database.db, channelId));
    },
  );
  roleRoute(scope, deps);
}

function roleRoute(scope: ApiScope, deps: RouteDeps): void {
  scope.patch(
    "/channels/:channelId/members/:userId",
    {
      schema: {
        operationId: "changeMemberRole",
        summary: "Give a person another role in a channel",
        description:
          "The bot sets the power level in the room; the member's `role` changes when the room tells of it. Neither the bot " +
          "nor whoever asks gives more than they have, or changes somebody who has as much.",
        tags: ["channels"],
        params: ofMember,
        body: roleChangeSchema,
        response: { 202: roleChangedSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const userId = decodeId("u", params.userId);
      const principal = principalOf(request);
      const matrixId = await transact(deps.database, principal.actor, async (tx) => {
        const channel = await authorize(tx.db, principal, "member.manage", decodeId("c", params.channelId));
        if (userId === undefined) throw memberMissing({});
        const asker = await matrixIdOf(tx.db, principal);
        const target = await changeRole(tx, { channelId: channel.channelId, userId, role: body.role, asker });
        const data = { member: params.userId, matrix_id: target, role: body.role };
        await note(tx, request, channel, { action: "member.role_set", data });
        return target;
      });
      return reply.code(202).send({ matrixId, role: body.role });
    },
  );
}

type Tx = Parameters<Parameters<typeof transact>[2]>[0];

/** Decision and change in one database transaction. */
function inOne(
  { database }: RouteDeps,
  request: FastifyRequest,
  name: string,
  work: (tx: Tx, channel: AuthorizedChannel) => Promise<void>,
): Promise<AuthorizedChannel> {
  const principal = principalOf(request);
  return transact(database, principal.actor, async (tx) => {
    const channel = await authorize(tx.db, principal, "channel.manage", decodeId("c", name));
    await work(tx, channel);
    return channel;
  });
}

function note(
  tx: Tx,
  request: FastifyRequest<{ Params: { channelId: string } }>,
  channel: AuthorizedChannel,
  { action, data }: { action: string; data: object },
): Promise<void> {
  return audit(tx, {
    action,
    resourceKind: "channel",
    resourceId: request.params.channelId,
    microdaoId: channel.microdaoId,
    teamId: channel.teamId,
    requestId: request.id,
    data: { ...data, key_id: principalOf(request).keyId },
  });
}

async function show(db: DbClient, channelId: string) {
  const [channel] = await readChannels(db, [channelId]);
  if (channel === undefined) throw bug("a channel that was just changed is not there");
  return presentChannel(channel);
}

/** Who a key's subject is in the rooms; null for a program. */
async function matrixIdOf(db: DbClient, { subject }: Principal): Promise<string | null> {
  if (subject.uuid === null) return null;
  if (subject.kind === "agent") return (await findAgent(db, subject.uuid))?.matrixId ?? null;
  return (await findMatrixIdOf(db, subject.uuid)) ?? null;
}
