import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import {
  authorize,
  authorizeMicrodao,
  type Freeze,
  type FreezeTarget,
  findFreeze,
  seeingCapability,
} from "../../domain/governance/index.ts";
import { freezePlace, unfreezePlace } from "../../domain/messaging/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { moment, reasonText } from "../schemas/values.ts";

const freezeSchema = z
  .object({
    frozen: z.boolean(),
    reason: z.string().nullable(),
    frozenBy: z.string().nullable().meta({ description: "Who did it: `u_…`, `ag_…` or a program's name." }),
    since: moment.nullable(),
  })
  .meta({ id: "Freeze" });

const wishSchema = z.strictObject({ reason: reasonText }).meta({ id: "NewFreeze" });
const inChannel = z.object({ channelId: z.string() });
const inMicrodao = z.object({ microdaoId: z.string().meta({ description: "`md_…` or `microdao:7`." }) });
const shown = { 200: freezeSchema, ...refusals(401, 403, 404, 429, 503) };
const changed = { 200: freezeSchema, ...refusals(401, 403, 404, 422, 429, 503) };
const meaning =
  "Agents do nothing there from then on: what they ask for is refused with the clause `suspended`, and what they have " +
  "queued is not sent any more; only what is being handed to the homeserver at that moment may still arrive. They still " +
  "read, and what people say is mirrored as ever. It is said once in the room. Freezing twice is freezing once: the " +
  "first reason stays.";

/** Kill switches: nothing more is said by agents in a channel, or in a whole microDAO. */
export function freezeRoutes(scope: ApiScope, deps: RouteDeps): void {
  channelFreezeRoutes(scope, deps);
  microdaoFreezeRoutes(scope, deps);
}

function channelFreezeRoutes(scope: ApiScope, deps: RouteDeps): void {
  const url = "/channels/:channelId/freeze";
  const tags = ["channels"];
  scope.get(
    url,
    {
      schema: {
        operationId: "getChannelFreeze",
        summary: "Whether agents are silenced in a channel",
        description: "The freeze of the microDAO around it is not looked at.",
        tags,
        params: inChannel,
        response: shown,
      },
    },
    async (request) => {
      const { db } = deps.database;
      const principal = principalOf(request);
      const id = decodeId("c", request.params.channelId);
      const { channelId } = await authorize(db, principal, seeingCapability(principal), id);
      return present(await findFreeze(db, { channelId }));
    },
  );
  scope.put(
    url,
    {
      schema: {
        operationId: "freezeChannel",
        summary: "Silence all agents in a channel",
        description: `Needs \`channel.manage\`. ${meaning}`,
        tags,
        params: inChannel,
        body: wishSchema,
        response: changed,
      },
    },
    (request) =>
      inPlace(deps, request, channelOf(request), async (tx, place) =>
        present(await freezePlace(tx, { ...place, reason: request.body.reason })),
      ),
  );
  scope.delete(
    url,
    {
      schema: {
        operationId: "unfreezeChannel",
        summary: "Let agents speak again in a channel",
        description: "Needs `channel.manage`. What was refused meanwhile stays unsaid. Safe to repeat.",
        tags,
        params: inChannel,
        response: shown,
      },
    },
    (request) =>
      inPlace(deps, request, channelOf(request), async (tx, place) => {
        await unfreezePlace(tx, place);
        return present(undefined);
      }),
  );
}

function microdaoFreezeRoutes(scope: ApiScope, deps: RouteDeps): void {
  const url = "/microdaos/:microdaoId/freeze";
  const tags = ["microdaos"];
  scope.get(
    url,
    {
      schema: {
        operationId: "getMicrodaoFreeze",
        summary: "Whether agents are silenced in a microDAO",
        tags,
        params: inMicrodao,
        response: shown,
      },
    },
    async (request) => {
      const { db } = deps.database;
      const named = await findMicrodao(db, request.params.microdaoId);
      const { microdaoId } = await authorizeMicrodao(db, principalOf(request), "microdao.read", named?.id);
      return present(await findFreeze(db, { microdaoId }));
    },
  );
  scope.put(
    url,
    {
      schema: {
        operationId: "freezeMicrodao",
        summary: "Silence all agents in a microDAO",
        description: `Needs \`microdao.manage\`. ${meaning}`,
        tags,
        params: inMicrodao,
        body: wishSchema,
        response: changed,
      },
    },
    (request) =>
      inPlace(deps, request, microdaoOf(request), async (tx, place) =>
        present(await freezePlace(tx, { ...place, reason: request.body.reason })),
      ),
  );
  scope.delete(
    url,
    {
      schema: {
        operationId: "unfreezeMicrodao",
        summary: "Let agents speak again in a microDAO",
        description: "Needs `microdao.manage`. Channels that are frozen themselves stay so. Safe to repeat.",
        tags,
        params: inMicrodao,
        response: shown,
      },
    },
    (request) =>
      inPlace(deps, request, microdaoOf(request), async (tx, place) => {
        await unfreezePlace(tx, place);
        return present(undefined);
      }),
  );
}

interface Place {
  readonly target: FreezeTarget;
  readonly microdaoId: string;
  readonly teamId: string | null;
}

/** May the key do that, and where is it? */
type FindPlace = (tx: Tx) => Promise<Place>;

function channelOf(request: FastifyRequest<{ Params: { channelId: string } }>): FindPlace {
  return async ({ db }) => {
    const id = decodeId("c", request.params.channelId);
    const { channelId, microdaoId, teamId } = await authorize(db, principalOf(request), "channel.manage", id);
    return { target: { channelId }, microdaoId, teamId };
  };
}

function microdaoOf(request: FastifyRequest<{ Params: { microdaoId: string } }>): FindPlace {
  return async ({ db }) => {
    const named = await findMicrodao(db, request.params.microdaoId);
    const { microdaoId } = await authorizeMicrodao(db, principalOf(request), "microdao.manage", named?.id);
    return { target: { microdaoId }, microdaoId, teamId: null };
  };
}

/** Decision and change in one database transaction. */
function inPlace<T>(
  { database }: RouteDeps,
  request: FastifyRequest,
  find: FindPlace,
  work: (tx: Tx, place: Place & { readonly requestId: string }) => Promise<T>,
): Promise<T> {
  return transact(database, principalOf(request).actor, async (tx) =>
    work(tx, { ...(await find(tx)), requestId: request.id }),
  );
}

function present(freeze: Freeze | undefined): z.output<typeof freezeSchema> {
  const { reason = null, frozenBy = null, createdAt } = freeze ?? {};
  return { frozen: freeze !== undefined, reason, frozenBy, since: createdAt?.toISOString() ?? null };
}
