import { type Tx, transact } from "../../db/index.ts";
import {
  authorizeMicrodao,
  findAgent,
  microdaoHidden,
  type Principal,
} from "../../domain/governance/index.ts";
import { agentNotReady, createChannel, readChannels } from "../../domain/messaging/index.ts";
import { ensureUserByMatrixId, findMatrixIdOf, findMicrodao } from "../../domain/tenancy/index.ts";
import { bug } from "../../kernel/errors.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { invitedAgentMissing } from "../errors.ts";
import { channelSchema, presentChannel } from "../schemas/channel.ts";
import { newChannelSchema, onceHeaders } from "../schemas/new-channel.ts";

/** Channels that are created here, with their Matrix rooms. */
export function newChannelRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.post(
    "/channels",
    {
      schema: {
        operationId: "createChannel",
        summary: "Create a channel, with its Matrix room",
        description:
          "Answers as soon as the channel is stored, status `creating`; the bridge then makes the room, puts it into the " +
          "microDAO's space, mirrors it and invites the creator and the members. `GET` the `Location` to see how far it is. " +
          "Owners of the microDAO get power level 100 in the room, its admins 50.",
        tags: ["channels"],
        headers: onceHeaders,
        body: newChannelSchema,
        response: { 202: channelSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { microdao: named, members, ...body } = request.body;
      const principal = principalOf(request);
      const key = request.headers["idempotency-key"];
      const microdao = await findMicrodao(database.db, named);
      const created = await transact(database, principal.actor, async (tx) => {
        const { microdaoId } = await authorizeMicrodao(
          tx.db,
          principal,
          "channel.create",
          microdao?.id,
        ).catch(namedInBody);
        const creator = creatorOf(principal);
        return createChannel(tx, {
          ...body,
          microdaoId,
          creator,
          invite: await inviteesOf(tx, creator, members),
          idempotency: key === undefined ? undefined : { scope: principal.subject.id, key },
          requestId: request.id,
        });
      });
      const [channel] = await readChannels(database.db, [created.id]);
      if (channel === undefined) throw bug("a channel that was just created is not there");
      const shown = presentChannel(channel);
      if (created.repeated) reply.header("idempotency-replayed", "true");
      reply.code(202).header("location", `/v1/channels/${shown.id}`);
      return shown;
    },
  );
}

/** What the body names and is not there is a fault of the body. */
function namedInBody(error: unknown): never {
  if (microdaoHidden.is(error)) throw microdaoHidden({ ...error.details, field: "microdao" });
  throw error;
}

interface Creator {
  readonly userId: string | null;
  readonly agentId: string | null;
}

function creatorOf({ subject }: Principal): Creator {
  return {
    userId: subject.kind === "user" ? subject.uuid : null,
    agentId: subject.kind === "agent" ? subject.uuid : null,
  };
}

/** The Matrix ids of the creator and the members, each once. People nobody has met become users. */
async function inviteesOf(tx: Tx, creator: Creator, members: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  if (creator.agentId !== null) ids.push(await agentMatrixId(tx, creator.agentId));
  const own = creator.userId === null ? undefined : await findMatrixIdOf(tx.db, creator.userId);
  if (own !== undefined) ids.push(own);
  for (const member of members) {
    if (!member.startsWith("@")) ids.push(await agentMatrixId(tx, member));
    else {
      await ensureUserByMatrixId(tx, member);
      ids.push(member);
    }
  }
  return [...new Set(ids)];
}

async function agentMatrixId(tx: Tx, name: string): Promise<string> {
  const agent = await findAgent(tx.db, name);
  if (agent === undefined) throw invitedAgentMissing({ field: "members", agent: name });
  if (agent.status !== "active" || agent.matrixId === null) throw agentNotReady({});
  return agent.matrixId;
}
