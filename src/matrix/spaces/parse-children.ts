import { type SpaceChild, validOrder } from "../../domain/messaging/index.ts";
import { type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";

const mostChildren = 1_000;
const mostServers = 20;
const serverName = /^[A-Za-z0-9.:[\]-]{1,230}$/;

/**
 * The children that a space's state names. Anybody with the power for it has written them: what has no list of servers to
 * join by is none (client-server API, `m.space.child`), and neither is the space itself or what is no room id.
 */
export function parseChildren(spaceId: string, state: readonly JsonObject[]): SpaceChild[] {
  return state.flatMap((event) => childOf(spaceId, event) ?? []).slice(0, mostChildren);
}

function childOf(spaceId: string, event: JsonObject): SpaceChild | undefined {
  if (event["type"] !== "m.space.child") return undefined;
  const roomId = stringAt(event, "state_key") ?? "";
  const content = objectAt(event, "content");
  const via = serversOf(content?.["via"]);
  if (!/^![\x21-\x7e]{1,254}$/.test(roomId) || roomId === spaceId || via.length === 0) return undefined;
  return {
    roomId,
    via,
    order: validOrder(content?.["order"]),
    suggested: content?.["suggested"] === true,
    addedBy: stringAt(event, "sender") ?? "",
    addedTs: timeOf(event["origin_server_ts"]),
  };
}

function serversOf(via: unknown): string[] {
  if (!Array.isArray(via)) return [];
  return via
    .filter((server): server is string => typeof server === "string" && serverName.test(server))
    .slice(0, mostServers);
}

function timeOf(ts: unknown): number {
  return typeof ts === "number" && Number.isSafeInteger(ts) && ts >= 0 ? ts : 0;
}
