import type { Tx } from "../../db/index.ts";
import { AppError } from "../../kernel/errors.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type Agent, findAgent, findAgentRequest, recordAgentRequestTold } from "../governance/index.ts";
import { editMessage, postMessage } from "../messaging/index.ts";
import { findMatrixIdOf, findMembersWithRole, findOwner } from "../tenancy/index.ts";
import { requestChannelRefused } from "./errors.ts";
import { selectLobby, selectMayTell } from "./request-store.ts";
import { outcomeText, requestText, type ToldRequest } from "./request-text.ts";

const mostMentions = 10;
const scope = "agent-requests";

/**
 * The bot tells a request in a channel and asks those who own the microDAO. Where nobody can be told, because there is no
 * channel that suits, the request waits to be decided by key. Throws `request_channel_refused` for a channel that was
 * named and does not suit, and what posting in it throws.
 */
export async function tellRequest(
  tx: Tx,
  agent: Agent & { readonly microdaoId: string },
  { reason, channelId: named }: { readonly reason: string | null; readonly channelId: string | undefined },
): Promise<void> {
  const { microdaoId } = agent;
  if (named !== undefined && !(await selectMayTell(tx.db, { channelId: named, microdaoId }))) {
    throw requestChannelRefused({ field: "channel" });
  }
  const channelId = named ?? (await selectLobby(tx.db, agent));
  const bot = await findAgent(tx.db, "agent:bridge");
  if (channelId === undefined || bot === undefined) return;
  const text = requestText(await toldRequest(tx, agent, reason), await decidersOf(tx, microdaoId));
  const body = { text };
  const idempotency = { scope, key: agent.id };
  const post = postMessage(tx, { channelId, agentId: bot.id, body, idempotency });
  const posted = await (named === undefined ? post.catch(unlessBug) : post);
  if (posted !== undefined) await recordAgentRequestTold(tx, agent.id, { channelId, sendId: posted.sendId });
}

/** What was told of a request says from now on how it was decided. A message that is gone stays gone. */
export async function tellOutcome(
  tx: Tx,
  agent: Agent,
  outcome: { readonly approved: boolean; readonly reason: string | null },
): Promise<void> {
  const request = await findAgentRequest(tx.db, agent.id);
  const bot = await findAgent(tx.db, "agent:bridge");
  if (request?.sendId == null || bot === undefined) return;
  const told = await toldRequest(tx, agent, request.reason, request.userId);
  const text = outcomeText(told, { ...outcome, by: await nameOfActor(tx) });
  const idempotency = { scope, key: `${agent.id} outcome` };
  await editMessage(tx, {
    messageId: request.sendId,
    agentId: bot.id,
    body: { text },
    idempotency,
  }).catch(unlessBug);
}

/** That a room cannot be told is no reason to decide nothing. */
function unlessBug(error: unknown): undefined {
  if (error instanceof AppError && error.kind !== "bug") return undefined;
  throw error;
}

async function toldRequest(
  tx: Tx,
  agent: Agent,
  reason: string | null,
  askerId?: string | null,
): Promise<ToldRequest> {
  const asker =
    askerId == null ? await nameOfActor(tx) : ((await findMatrixIdOf(tx.db, askerId)) ?? "Somebody");
  return { agent, asker, reason };
}

/** People by their Matrix id. */
async function nameOfActor({ db, actor }: Tx): Promise<string> {
  const userId = actor.kind === "user" ? decodeId("u", actor.id) : undefined;
  if (userId !== undefined) return (await findMatrixIdOf(db, userId)) ?? "Somebody";
  const agent = actor.kind === "agent" ? await findAgent(db, actor.id) : undefined;
  if (agent !== undefined) return agent.externalId;
  return actor.id === "cli" ? "An operator" : actor.id;
}

async function decidersOf(tx: Tx, microdaoId: string): Promise<string[]> {
  const owner = await findOwner(tx.db, microdaoId);
  const owners = await findMembersWithRole(tx.db, microdaoId, ["owner"]);
  const all = [...(owner === undefined ? [] : [owner]), ...owners.map(({ matrixId }) => matrixId)];
  return [...new Set(all)].slice(0, mostMentions);
}
