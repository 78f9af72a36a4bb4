/**
 * A homeserver with one room that has a long history, as a program of its own: `history-server.ts <events> <members>
 * <pageMs>`. Everything is made before it listens; a page of `/messages` costs it the cutting of a list and the joining of
 * texts, and is answered after `pageMs` milliseconds. Pages carry the memberships of their senders, as with lazy loading.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { botUserId, createEventStream, serverName } from "./generator.ts";
import { answerTo } from "./homeserver.ts";
import { bigRoom } from "./protocol.ts";

interface Kept {
  readonly sender: string;
  readonly text: string;
}

const [eventCount = 0, memberCount = 0, pageMs = 0] = process.argv.slice(2).map(Number);
const seed = 20_261_122;
const longestPage = 1000;
const historyMs = 300 * 24 * 3600_000;
const endTs = Date.now() - 3600_000;

const creator = `@owner:${serverName}`;
const memberAt = (index: number) => `@member${index % memberCount}:${serverName}`;

function stateEvent(type: string, stateKey: string, content: object, ts = endTs - historyMs): Kept {
  const isMember = type === "m.room.member";
  const event = {
    type,
    room_id: bigRoom,
    sender: isMember ? stateKey : creator,
    state_key: stateKey,
    event_id: `$state-${type}-${stateKey}`,
    origin_server_ts: ts,
    content,
    unsigned: { age: 1000 },
  };
  return { sender: event.sender, text: JSON.stringify(event) };
}

function makeState(): Kept[] {
  return [
    stateEvent("m.room.create", "", { room_version: "11" }),
    stateEvent("m.room.member", creator, { membership: "join" }),
    stateEvent("m.room.power_levels", "", { users: { [creator]: 100 } }),
    stateEvent("m.room.join_rules", "", { join_rule: "public" }),
    stateEvent("m.room.name", "", { name: "A long history" }),
    ...Array.from(members.values()),
    stateEvent("m.room.member", botUserId, { membership: "join" }, endTs),
  ];
}

/** Oldest first; times are stretched over most of a year, so that the progress bar has something to cover. */
function makeHistory(): Kept[] {
  const stream = createEventStream({ seed, startTs: 0 });
  const people = new Map<string, string>();
  const personOf = (sender: string, index: number) => {
    const person = memberCount > people.size ? memberAt(index) : (people.get(sender) ?? memberAt(index));
    people.set(sender, person);
    return person;
  };
  return stream.next(eventCount).map((event, index) => {
    // Edits and redactions must stay their target's sender's own.
    const isOwn = event.type === "m.room.redaction" || "m.new_content" in event.content;
    const sender = isOwn ? (people.get(event.sender) ?? creator) : personOf(event.sender, index * 7919);
    const whole = {
      ...event,
      room_id: bigRoom,
      sender,
      user_id: sender,
      ...(event.state_key !== undefined && { state_key: sender }),
      origin_server_ts: Math.round(endTs - historyMs + (historyMs * index) / eventCount),
    };
    return { sender, text: JSON.stringify(whole) };
  });
}

const members = new Map(
  Array.from({ length: memberCount }, (_, index) => {
    const content = {
      membership: "join",
      displayname: `Member ${index}`,
      avatar_url: `mxc://${serverName}/${index}`,
    };
    return [memberAt(index), stateEvent("m.room.member", memberAt(index), content)] as const;
  }),
);
const state = makeState();
const history = makeHistory();

/** The token is how many events lie before the page's end. */
function page(query: URLSearchParams): string {
  const end = query.has("from") ? Number(query.get("from")) : history.length;
  const begin = Math.max(end - Math.min(Number(query.get("limit") ?? 10), longestPage), 0);
  const chunk = history.slice(begin, end).reverse();
  const senders = new Set(chunk.map(({ sender }) => sender));
  const known = [...senders].flatMap((sender) => members.get(sender)?.text ?? []);
  const last = begin > 0 ? `,"end":"${begin}"` : "";
  return `{"chunk":[${chunk.map(({ text }) => text).join(",")}],"state":[${known.join(",")}],"start":"${end}"${last}}`;
}

async function answer(request: IncomingMessage): Promise<string> {
  const url = new URL(request.url ?? "/", "http://homeserver");
  const path = decodeURIComponent(url.pathname);
  if (path.endsWith(`/rooms/${bigRoom}/messages`)) {
    if (pageMs > 0) await sleep(pageMs);
    return page(url.searchParams);
  }
  if (path.endsWith(`/rooms/${bigRoom}/state`)) return `[${state.map(({ text }) => text).join(",")}]`;
  if (path.includes("/join/")) return JSON.stringify({ room_id: bigRoom });
  if (path.includes("/send/")) return JSON.stringify({ event_id: `$sent-${path.split("/").at(-1) ?? ""}` });
  return JSON.stringify(answerTo(request));
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const body = await answer(request);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(body);
}

const server = createServer((request, response) => void serve(request, response));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
