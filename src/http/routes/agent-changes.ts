import type { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import {
  type AgentDecision,
  authorize,
  authorizeAgentDecision,
  authorizeAgentPlace,
  blueprintMissing,
  createAgent,
  editAgent,
  findAgent,
  findBlueprint,
  findMember,
  isOperator,
  type MadeOnce,
  madeOnce,
  type Principal,
  registryFieldRefused,
  requireCapability,
  requireNoAgent,
  seeingCapability,
} from "../../domain/governance/index.ts";
import { askForAgent, decideAboutAgent } from "../../domain/registry/index.ts";
import { findMicrodao } from "../../domain/tenancy/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { requireOperator } from "../require-operator.ts";
import { agentDetailSchema, agentEditSchema, decisionSchema, newAgentSchema } from "../schemas/agent.ts";
import { onceHeaders } from "../schemas/new-channel.ts";
import { namedAgent, showAgent } from "./agents.ts";

type NewAgent = z.output<typeof newAgentSchema>;

const decisions: readonly (readonly [AgentDecision, string, string])[] = [
  ["approve", "Approve a requested agent", "It is active from now on and gets its Matrix user."],
  ["refuse", "Refuse a requested agent", "Its code stays taken."],
  ["suspend", "Suspend an agent", "It stays in its rooms and says nothing; what it had queued fails."],
  ["activate", "Let a suspended agent go on", "It speaks again. What failed meanwhile is not sent."],
  [
    "revoke",
    "End an agent for ever",
    "Its keys stop, what it had queued fails, and it leaves every room, as soon as the homeserver answers.",
  ],
];

/** Agents are asked for, made, decided about and edited. */
export function agentChangeRoutes(scope: ApiScope, deps: RouteDeps): void {
  editRoute(scope, deps);
  for (const [decision, summary, description] of decisions) {
    decisionRoute(scope, deps, { decision, summary, description });
  }
  scope.post(
    "/agents",
    {
      schema: {
        operationId: "createAgent",
        summary: "Ask for an agent, or make one",
        description:
          "With status `requested`, which needs `agent.request`, the bot tells the request in a channel, and those who hold " +
          "`agent.manage` decide, by key or by a reaction. With status `active`, which needs `agent.manage` and no agent's key, " +
          "there is nothing to decide.",
        tags: ["agents"],
        headers: onceHeaders,
        body: newAgentSchema,
        response: { 201: agentDetailSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const key = request.headers["idempotency-key"];
      const idempotency = key === undefined ? undefined : { scope: `agent ${principal.subject.id}`, key };
      const matrixId = deps.ghostIdOf?.(request.body.code);
      const asked = { body: request.body, matrixId, requestId: request.id, idempotency };
      const made = await transact(deps.database, principal.actor, (tx) =>
        request.body.status === "requested" ? ask(tx, principal, asked) : make(tx, principal, asked),
      );
      deps.wakeEgress();
      if (made.repeated) reply.header("idempotency-replayed", "true");
      const shown = await showAgent(deps, principal, made.id);
      reply.code(201).header("location", `/v1/agents/${shown.id}`);
      return shown;
    },
  );
}

function editRoute(scope: ApiScope, deps: RouteDeps): void {
  const { database } = deps;
  scope.patch(
    "/agents/:agentId",
    {
      schema: {
        operationId: "editAgent",
        summary: "Change an agent's name, picture, owner and settings",
        description: "Its Matrix profile follows within seconds.",
        tags: ["agents"],
        params: namedAgent,
        body: agentEditSchema,
        response: { 200: agentDetailSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { owner, ...edit } = request.body;
      const id = await transact(database, principal.actor, async (tx) => {
        const agent = await authorizeAgentDecision(tx.db, principal, request.params.agentId);
        const ownerUserId =
          owner === undefined ? undefined : await requireMember(tx, agent.microdaoId, owner);
        return (await editAgent(tx, agent.id, { ...edit, ownerUserId }, request.id)).id;
      });
      return showAgent(deps, principal, id);
    },
  );
}

function decisionRoute(
  scope: ApiScope,
  deps: RouteDeps,
  { decision, ...told }: { decision: AgentDecision; summary: string; description: string },
): void {
  scope.post(
    `/agents/:agentId/${decision}`,
    {
      schema: {
        operationId: `${decision}Agent`,
        ...told,
        tags: ["agents"],
        params: namedAgent,
        body: decisionSchema.default({}),
        response: { 200: agentDetailSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { reason = null } = request.body;
      const id = await transact(deps.database, principal.actor, async (tx) => {
        const agent = await authorizeAgentDecision(tx.db, principal, request.params.agentId);
        await decideAboutAgent(tx, {
          agentId: agent.id,
          decision,
          reason,
          data: { key_id: principal.keyId },
          requestId: request.id,
        });
        return agent.id;
      });
      deps.wakeEgress();
      return showAgent(deps, principal, id);
    },
  );
}

interface Asked {
  readonly body: NewAgent;
  readonly matrixId: string | undefined;
  readonly requestId: string;
  readonly idempotency: { readonly scope: string; readonly key: string } | undefined;
}

async function ask(tx: Tx, principal: Principal, asked: Asked): Promise<MadeOnce> {
  const { body, matrixId, requestId, idempotency } = asked;
  const { microdao, team = null, channel, reason = null, owner } = body;
  requireKind(principal, body);
  requireCapability(principal, "agent.request");
  if (microdao === undefined) throw microdaoNeeded();
  const named = await findMicrodao(tx.db, microdao);
  const place = await authorizeAgentPlace(tx.db, principal, "agent.request", {
    microdaoId: named?.id,
    teamId: team,
  });
  const told = channel === undefined ? undefined : await seenChannel(tx, principal, channel);
  return askForAgent(tx, {
    ...settingsOf(body),
    matrixId,
    ...place,
    blueprintId: await usableBlueprint(tx, body.blueprint, place.microdaoId),
    ownerUserId: await requesterOr(tx, principal, place.microdaoId, owner),
    userId: principal.subject.kind === "user" ? principal.subject.uuid : null,
    reason,
    channelId: told,
    requestId,
    idempotency,
  });
}

async function make(
  tx: Tx,
  principal: Principal,
  { body, matrixId, requestId, idempotency }: Asked,
): Promise<MadeOnce> {
  const { microdao, team = null, owner, reason = null } = body;
  requireKind(principal, body);
  requireCapability(principal, "agent.manage");
  requireNoAgent(principal);
  if (microdao === undefined && !isOperator(principal)) throw microdaoNeeded();
  const named = microdao === undefined ? undefined : await findMicrodao(tx.db, microdao);
  const place =
    microdao === undefined
      ? { microdaoId: null, teamId: null }
      : await authorizeAgentPlace(tx.db, principal, "agent.manage", { microdaoId: named?.id, teamId: team });
  const agent = {
    ...settingsOf(body),
    ...place,
    blueprintId: await usableBlueprint(tx, body.blueprint, place.microdaoId),
    ownerUserId: await ownerOf(tx, principal, place.microdaoId, owner),
    reason,
  };
  return madeOnce(
    tx,
    idempotency,
    ["active", agent],
    async () => (await createAgent(tx, { ...agent, matrixId, requestId })).id,
  );
}

function settingsOf({ code, name = code, kind, avatarUrl, config }: NewAgent) {
  return {
    code,
    name,
    kind,
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(config !== undefined && { config }),
  };
}

/** Agents of the platform are the operator's to make. */
function requireKind(principal: Principal, { kind }: NewAgent): void {
  if (kind === "system") requireOperator(principal);
}

function microdaoNeeded(): Error {
  return registryFieldRefused({
    field: "microdao",
    what: "Name the microDAO of the agent: only an operator's key makes agents that work everywhere.",
  });
}

/** A channel to tell a request in has to be one that the key can see. */
async function seenChannel(tx: Tx, principal: Principal, name: string): Promise<string> {
  return (await authorize(tx.db, principal, seeingCapability(principal), decodeId("c", name))).channelId;
}

async function usableBlueprint(tx: Tx, name: string, microdaoId: string | null): Promise<string> {
  const found = await findBlueprint(tx.db, name);
  if (found === undefined || (found.microdaoId !== null && found.microdaoId !== microdaoId)) {
    throw blueprintMissing({ blueprint: name, field: "blueprint" });
  }
  return found.id;
}

/** People answer for the agents that they ask for; what an agent asks for is its own owner's. */
async function ownerOf(
  tx: Tx,
  { subject }: Principal,
  microdaoId: string | null,
  named: string | undefined,
): Promise<string | null> {
  if (named !== undefined) return requireMember(tx, microdaoId, named);
  if (subject.kind === "user") return subject.uuid;
  const asker =
    subject.kind === "agent" && subject.uuid !== null ? await findAgent(tx.db, subject.uuid) : undefined;
  return asker?.ownerUserId ?? null;
}

/** A person asks for agents of their own; to make somebody else answer for one takes the right to manage agents. */
async function requesterOr(
  tx: Tx,
  principal: Principal,
  microdaoId: string,
  named: string | undefined,
): Promise<string | null> {
  const owner = await ownerOf(tx, principal, microdaoId, named);
  const { kind, uuid } = principal.subject;
  if (kind === "integration" || named === undefined || owner === uuid) return owner;
  throw registryFieldRefused({ field: "owner", what: "Whoever asks for an agent answers for it." });
}

async function requireMember(tx: Tx, microdaoId: string | null, matrixId: string): Promise<string> {
  const found = microdaoId === null ? undefined : await findMember(tx.db, microdaoId, matrixId);
  if (found !== undefined) return found;
  throw registryFieldRefused({ field: "owner", what: "The owner of an agent is a member of its microDAO." });
}
