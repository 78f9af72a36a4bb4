import type { Homeserver } from "./choose-homeserver.ts";
import { bridgeDidNotAct } from "./errors.ts";
import type { KeptState } from "./kept-state.ts";
import { type MatrixUser, matrixUser } from "./matrix-user.ts";
import type { QuickstartFacts } from "./quickstart-file.ts";

/** What the demo world asks of the bridge. Every call is safe to repeat. */
export interface DemoBridge {
  readonly botUserId: string;
  findChannel(roomId: string): Promise<{ channelId: string; slug: string } | undefined>;
  /** Says which space is the demo microDAO's. */
  ensureMicrodaoSpace(spaceId: string): Promise<void>;
  /** The agent, active, and who it is in Matrix; the homeserver asks the bridge for that user when somebody invites it. */
  ensureAgent(agent: DemoAgent): Promise<{ matrixId: string }>;
  /** A working access key for the agent, or for whoever administers the bridge. `kept` is the one of the last run. */
  ensureKey(holder: KeyHolder, kept: string | undefined): Promise<string>;
}

export interface DemoAgent {
  /** What follows `agent:` in its external id. */
  readonly code: string;
  readonly name: string;
}

export type KeyHolder = { readonly agent: string } | "admin";

export interface DemoPlan {
  readonly homeserver: Homeserver;
  readonly bridge: DemoBridge;
  readonly state: KeptState;
  readonly users: QuickstartFacts["users"];
  readonly signal: AbortSignal;
}

export type DemoWorld = Pick<QuickstartFacts, "users" | "rooms" | "agents" | "adminKey">;

const channels = ["general", "quiet"];
const sofia = { code: "sofia", externalId: "agent:sofia", name: "Sofia" };
const patienceSeconds = 60;
const relinkSeconds = 10;

/**
 * The world that a newcomer finds: alice and bob, the space of microdao:1 with the rooms general and quiet, and Sofia in
 * general. It comes about as it would for real people: alice makes the rooms and invites the bot, the bridge does the rest.
 * Every step looks first and acts only on what is missing, so whoever was killed in the middle goes on from there.
 */
export async function ensureDemoWorld(plan: DemoPlan): Promise<DemoWorld> {
  const { bridge, users } = plan;
  const agent = await bridge.ensureAgent(sofia);
  const accessKey = await ensureKey(plan, "sofia", { agent: sofia.externalId });
  const agents = [{ externalId: sofia.externalId, matrixId: agent.matrixId, accessKey }];
  const adminKey = await ensureKey(plan, "admin", "admin");
  const [alice, ...others] = users.map((user) => matrixUser(plan.homeserver.url, user));
  if (alice === undefined) return { users, rooms: [], agents, adminKey };
  const spaceId = await ensureSpace(plan, alice);
  await bridge.ensureMicrodaoSpace(spaceId);
  await alice.invite(spaceId, bridge.botUserId);
  const rooms = [];
  for (const name of channels) {
    const agentIds = name === "general" ? [agent.matrixId] : [];
    rooms.push(await ensureChannel(plan, { name, spaceId, alice, others, agentIds }));
  }
  return { users, rooms, agents, adminKey };
}

async function ensureKey({ bridge, state }: DemoPlan, name: string, holder: KeyHolder): Promise<string> {
  const key = await bridge.ensureKey(holder, state.values.keys[name]);
  if (key !== state.values.keys[name]) await state.keep({ keys: { ...state.values.keys, [name]: key } });
  return key;
}

/** On a server with other people the plain names are likely to be theirs. */
function aliasLocalpart({ homeserver }: DemoPlan, name: string): string {
  return homeserver.isPrivate ? name : `microdao-demo-${name}`;
}

async function ensureSpace(plan: DemoPlan, alice: MatrixUser): Promise<string> {
  return ensureRoom(plan, alice, "commons", {
    name: "microDAO demo",
    topic: "The space of microdao:1.",
    creation_content: { type: "m.space" },
    preset: "public_chat",
  });
}

interface ChannelPlan {
  readonly name: string;
  readonly spaceId: string;
  readonly alice: MatrixUser;
  readonly others: readonly MatrixUser[];
  readonly agentIds: readonly string[];
}

async function ensureChannel(plan: DemoPlan, channel: ChannelPlan): Promise<DemoWorld["rooms"][number]> {
  const { name, spaceId, alice, others, agentIds } = channel;
  const roomId = await ensureRoom(plan, alice, name, {
    name,
    topic: name === "general" ? "Everything. Mention Sofia and she answers." : "Nothing happens here.",
    preset: "public_chat",
  });
  for (const person of others) if (!(await person.joinedRooms()).includes(roomId)) await person.join(roomId);
  const found = await ensureLinked(plan, alice, { name, roomId });
  const via = [plan.homeserver.serverName];
  await ensureState(alice, spaceId, {
    type: "m.space.child",
    key: roomId,
    content: { via, suggested: true },
  });
  await ensureState(alice, roomId, {
    type: "m.space.parent",
    key: spaceId,
    content: { via, canonical: true },
  });
  for (const agentId of agentIds) {
    await alice.invite(roomId, agentId);
    await waitFor(plan, `brought ${agentId} into the room ${name}`, async () =>
      (await alice.membersOf(roomId)).includes(agentId) ? true : undefined,
    );
  }
  return { roomId, alias: `#${aliasLocalpart(plan, name)}:${plan.homeserver.serverName}`, ...found };
}

/**
 * The bot may be in the room, or invited, from an earlier life with another database: then only a new invitation tells the
 * bridge of the room.
 */
async function ensureLinked(plan: DemoPlan, alice: MatrixUser, room: { name: string; roomId: string }) {
  const { botUserId } = plan.bridge;
  const look = () => plan.bridge.findChannel(room.roomId);
  await alice.invite(room.roomId, botUserId);
  const found = await findWithin(plan.signal, relinkSeconds, look);
  if (found !== undefined) return found;
  await alice.kick(room.roomId, botUserId);
  await alice.invite(room.roomId, botUserId);
  return waitFor(plan, `linked the room ${room.name}`, look);
}

/** A room is known by its alias, so making it twice meets the alias of the first. */
async function ensureRoom(plan: DemoPlan, alice: MatrixUser, name: string, room: object): Promise<string> {
  const localpart = aliasLocalpart(plan, name);
  const found = await alice.findAlias(`#${localpart}:${plan.homeserver.serverName}`);
  if (found === undefined) return alice.createRoom({ ...room, room_alias_name: localpart });
  if (!(await alice.joinedRooms()).includes(found)) await alice.join(found);
  return found;
}

async function ensureState(
  user: MatrixUser,
  roomId: string,
  state: { type: string; key: string; content: object },
): Promise<void> {
  const found = await user.findState(roomId, state.type, state.key);
  if (found === undefined || !("via" in found))
    await user.setState(roomId, state.type, state.key, state.content);
}

async function waitFor<T>(plan: DemoPlan, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const found = await findWithin(plan.signal, patienceSeconds, look);
  if (found === undefined) throw bridgeDidNotAct({ what, seconds: patienceSeconds });
  return found;
}

async function findWithin<T>(
  signal: AbortSignal,
  seconds: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let tenths = 0; tenths < seconds * 10; tenths += 1) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  return undefined;
}
