import { type ClaimedSend, findEarlierMembership } from "../../domain/messaging/index.ts";
import { isObject, type JsonObject } from "../../kernel/json.ts";
import { isRefusal } from "../homeserver/index.ts";
import type { EgressDeps } from "./deps.ts";

/** Whether the sender is in the room now; if not, why it cannot be, in words for people. */
export type Entry = { readonly is: "entered" } | { readonly is: "refused"; readonly why: string };

/**
 * What to do when a sender may not send: it is invited by the bot and joins, unless somebody wants it out of the room.
 * Whoever was kicked or banned does not come back by itself. Throws `homeserver_away` and refusals that ask to wait.
 */
export async function enterRoom(deps: EgressDeps, send: ClaimedSend): Promise<Entry> {
  const { roomId, senderMatrixId, agentId } = send;
  if (senderMatrixId === deps.botUserId) return refused("the bot is not in the room, or may not speak there");
  // A homeserver that was set up anew does not know the user at all.
  await deps.ghosts.register(agentId);
  const member = await readMember(deps, send);
  const membership = membershipOf(member);
  const why = await obstacleOf(deps, send, member);
  if (why !== undefined) return refused(why);
  try {
    if (membership !== "invite") await invite(deps, roomId, senderMatrixId);
    await deps.homeserver.joinRoom({ roomIdOrAlias: roomId, asUser: senderMatrixId });
    return { is: "entered" };
  } catch (error) {
    if (isRefusal(error, ...closed)) return refused("the room does not let the agent in: invite it");
    throw error;
  }
}

/** Why the sender is not let in, as far as its membership tells. */
async function obstacleOf(
  deps: EgressDeps,
  send: ClaimedSend,
  member: JsonObject | undefined,
): Promise<string | undefined> {
  switch (membershipOf(member)) {
    case "ban":
      return "the agent is banned from the room";
    case "join":
      return "the agent's power level does not allow it to speak";
    case "leave":
      return member?.["sender"] === send.senderMatrixId ? undefined : "the agent was removed from the room";
    case undefined:
      return earlierObstacleOf(deps, send);
    default:
      return undefined;
  }
}

/** Agents follow their channel to a new room by themselves, unless somebody wanted them out of the old one. */
async function earlierObstacleOf(
  { database }: EgressDeps,
  { roomId, senderMatrixId }: ClaimedSend,
): Promise<string | undefined> {
  const earlier = await findEarlierMembership(database.db, roomId, senderMatrixId);
  const wasPutOut = earlier?.membership === "ban" || (earlier?.membership === "leave" && earlier.byOthers);
  return wasPutOut ? "the agent was removed or banned from the room that this one replaces" : undefined;
}

/** What joining is refused with: closed, or restricted to members of rooms that nobody here can vouch for. */
const closed = ["M_FORBIDDEN", "M_UNABLE_TO_AUTHORISE_JOIN", "M_UNABLE_TO_GRANT_JOIN"];

function refused(why: string): Entry {
  return { is: "refused", why };
}

/** The sender's membership event, as the bot sees it; undefined when it was never there or the bot may not look. */
async function readMember(
  { homeserver, botUserId }: EgressDeps,
  { roomId, senderMatrixId }: ClaimedSend,
): Promise<JsonObject | undefined> {
  try {
    return await homeserver.stateEvent({
      roomId,
      asUser: botUserId,
      type: "m.room.member",
      stateKey: senderMatrixId,
    });
  } catch (error) {
    if (isRefusal(error, "M_FORBIDDEN")) return undefined;
    throw error;
  }
}

function membershipOf(member: JsonObject | undefined): unknown {
  const content = member?.["content"];
  return isObject(content) ? content["membership"] : undefined;
}

/** A bot that may not invite is no obstacle yet: anybody may join a public room. */
async function invite({ homeserver, botUserId }: EgressDeps, roomId: string, userId: string): Promise<void> {
  try {
    await homeserver.invite({ roomId, asUser: botUserId, userId });
  } catch (error) {
    if (!isRefusal(error, "M_FORBIDDEN")) throw error;
  }
}
