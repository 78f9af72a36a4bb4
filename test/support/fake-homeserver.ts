import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with one request. `cut`, `slow` and `held` let it take effect first, as a real network may. */
export type Fault =
  | { readonly kind: "limited"; readonly retryAfter?: string; readonly retryAfterMs?: number }
  | { readonly kind: "refused"; readonly status: number; readonly errcode: string }
  | { readonly kind: "html"; readonly status: number }
  /** The connection ends without an answer, after the request took effect. */
  | { readonly kind: "cut" }
  /** The connection ends before anything happened. */
  | { readonly kind: "dropped" }
  /** The connection ends in the middle of the answer. */
  | { readonly kind: "cut-in-body" }
  | { readonly kind: "not-json" }
  | { readonly kind: "slow"; readonly ms: number }
  /** The answer comes when this settles. */
  | { readonly kind: "held"; readonly until: Promise<unknown> };

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}

export interface FakeEvent {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly room_id: string;
  readonly state_key?: string;
  readonly origin_server_ts: number;
  readonly content: Record<string, unknown>;
}

interface Room {
  readonly id: string;
  readonly events: FakeEvent[];
  readonly members: Map<string, FakeEvent>;
}

export interface FakeHomeserver {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  readonly users: ReadonlySet<string>;
  /** The next requests that match meet these faults, one each, in order. */
  fail(match: { method?: string; path: RegExp }, ...faults: readonly Fault[]): void;
  /** A room with these members, the first of which made it. */
  addRoom(roomId: string, ...members: readonly string[]): void;
  setMembership(roomId: string, userId: string, membership: string, sender?: string): void;
  membership(roomId: string, userId: string): string;
  /** The events that say who is in a room now. */
  members(roomId: string): readonly FakeEvent[];
  /** The events of a room that are no state, in order. */
  messages(roomId: string): readonly FakeEvent[];
  /** Called for every new event that is no state, before the sender has an answer. */
  onEvent(listener: (event: FakeEvent) => void): void;
  /** Forgets which transaction ids were seen, as Synapse does when it starts anew; it knows those of devices still. */
  restart(): void;
  /** Makes devices from now on, as servers do that know v1.17. */
  makeDevices(): void;
  addDevice(userId: string, deviceId: string): void;
  /** Has no devices any more, nor what they have sent. */
  loseDevices(): void;
  stop(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  readonly errcode: string;
  constructor(status: number, errcode: string) {
    super(errcode);
    this.status = status;
    this.errcode = errcode;
  }
}

/**
 * A homeserver that does what Synapse does, as far as the tests of sending need it, and fails on command. It keeps one
 * event per transaction id and path, whoever the user is, which is what Synapse does for application services.
 */
export async function startFakeHomeserver(serverName = "test"): Promise<FakeHomeserver> {
  const requests: RecordedRequest[] = [];
  const faults: { method: string | undefined; path: RegExp; queue: Fault[] }[] = [];
  const world = newWorld(serverName);
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const recorded = await read(request);
    requests.push(recorded);
    const fault = faults
      .find(
        ({ method, path, queue }) =>
          queue.length > 0 &&
          path.test(recorded.path) &&
          (method === undefined || method === recorded.method),
      )
      ?.queue.shift();
    if (fault !== undefined) return answerBadly(fault, response, () => world.answer(recorded));
    const { status, body } = world.answer(recorded);
    reply(response, status, JSON.stringify(body));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    users: world.users,
    fail: ({ method, path }, ...queue) => void faults.push({ method, path, queue: [...queue] }),
    addRoom(roomId, ...members) {
      world.rooms.set(roomId, { id: roomId, events: [], members: new Map() });
      for (const member of members) world.setMembership(roomId, member, "join", member);
    },
    setMembership: (roomId, userId, membership, sender) =>
      world.setMembership(roomId, userId, membership, sender ?? userId),
    membership: (roomId, userId) => membershipOf(world.room(roomId), userId),
    members: (roomId) => [...world.room(roomId).members.values()],
    messages: (roomId) => world.room(roomId).events.filter((event) => event.state_key === undefined),
    onEvent: (listener) => void world.listeners.push(listener),
    restart: () => world.transactions.clear(),
    makeDevices: () => void (world.devices.areMade = true),
    addDevice: (userId, deviceId) => void world.devices.known.add(`${userId} ${deviceId}`),
    loseDevices() {
      world.devices.known.clear();
      world.devices.transactions.clear();
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function read(request: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url ?? "/", "http://localhost");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    authorization: request.headers.authorization,
    body: isFile(url) ? { file: text } : text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

function isFile({ pathname }: URL): boolean {
  return pathname.startsWith("/_matrix/media/");
}

const takesEffect = new Set<Fault["kind"]>(["cut", "cut-in-body", "not-json"]);

async function answerBadly(
  fault: Fault,
  response: ServerResponse,
  effect: () => { status: number; body: unknown },
): Promise<void> {
  const wait = waitOf(fault);
  if (wait !== undefined) {
    const { status, body } = effect();
    await wait;
    reply(response, status, JSON.stringify(body));
    return;
  }
  if (takesEffect.has(fault.kind)) effect();
  if (fault.kind === "cut" || fault.kind === "dropped") response.socket?.destroy();
  else if (fault.kind === "html") reply(response, fault.status, "<h1>Bad Gateway</h1>", "text/html");
  else if (fault.kind === "not-json") reply(response, 200, "<p>hello</p>");
  else if (fault.kind === "refused") reply(response, fault.status, errorBody(fault.errcode));
  else if (fault.kind === "limited") answerLimited(fault, response);
  else {
    response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
    response.write('{"event_');
    setTimeout(() => response.socket?.destroy(), 20);
  }
}

function waitOf(fault: Fault): Promise<unknown> | undefined {
  if (fault.kind === "held") return fault.until;
  return fault.kind === "slow" ? new Promise((wake) => setTimeout(wake, fault.ms)) : undefined;
}

function answerLimited(fault: Fault & { kind: "limited" }, response: ServerResponse): void {
  if (fault.retryAfter !== undefined) response.setHeader("retry-after", fault.retryAfter);
  reply(response, 429, errorBody("M_LIMIT_EXCEEDED", { retry_after_ms: fault.retryAfterMs }));
}

function errorBody(errcode: string, more: object = {}): string {
  return JSON.stringify({ errcode, error: "as the test wants it", ...more });
}

function reply(response: ServerResponse, status: number, body: string, type = "application/json"): void {
  response.writeHead(status, { "content-type": type }).end(body);
}

function membershipOf(room: Room, userId: string): string {
  return (room.members.get(userId)?.content["membership"] as string | undefined) ?? "leave";
}

type Route = (parts: string[], request: RecordedRequest, user: string) => unknown;

function newWorld(serverName: string) {
  const rooms = new Map<string, Room>();
  const users = new Set<string>();
  const transactions = new Map<string, string>();
  const devices: Devices = { areMade: false, known: new Set(), transactions: new Map() };
  const listeners: ((event: FakeEvent) => void)[] = [];
  let counter = 0;
  const room = (roomId: string): Room => {
    const found = rooms.get(roomId);
    if (found === undefined) throw new Refusal(404, "M_NOT_FOUND");
    return found;
  };
  const add = (event: Omit<FakeEvent, "event_id" | "origin_server_ts">): FakeEvent => {
    counter += 1;
    const whole = { ...event, event_id: `$fake${counter}`, origin_server_ts: Date.now() };
    room(event.room_id).events.push(whole);
    if (event.type === "m.room.member") room(event.room_id).members.set(event.state_key ?? "", whole);
    else for (const listener of listeners) listener(whole);
    return whole;
  };
  const setMembership = (roomId: string, userId: string, membership: string, sender: string) =>
    add({ type: "m.room.member", room_id: roomId, sender, state_key: userId, content: { membership } });
  const routes = [
    ...deviceRoutes(devices),
    ...routesOf({ serverName, users, transactions, devices, rooms, room, add, setMembership }),
  ];
  return {
    rooms,
    users,
    transactions,
    devices,
    listeners,
    room,
    setMembership,
    answer(request: RecordedRequest): { status: number; body: unknown } {
      try {
        for (const [pattern, route] of routes) {
          const match = pattern.exec(`${request.method} ${request.path}`);
          if (match === null) continue;
          const user = request.query.get("user_id") ?? `@appservice:${serverName}`;
          const deviceId = request.query.get("device_id");
          const isUnknown = deviceId !== null && !devices.known.has(`${user} ${deviceId}`);
          if (isUnknown) throw new Refusal(400, "M_UNKNOWN_DEVICE");
          return { status: 200, body: route(match.slice(1).map(decodeURIComponent), request, user) };
        }
        throw new Refusal(404, "M_UNRECOGNIZED");
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { status: error.status, body: { errcode: error.errcode, error: "refused by the fake" } };
      }
    },
  };
}

interface Devices {
  areMade: boolean;
  readonly known: Set<string>;
  /** Event ids by path and device: they outlive a restart. */
  readonly transactions: Map<string, string>;
}

function deviceRoutes(devices: Devices): [RegExp, Route][] {
  const make: Route = ([deviceId = ""], _request, user) => {
    if (!devices.areMade) throw new Refusal(404, "M_NOT_FOUND");
    devices.known.add(`${user} ${deviceId}`);
    return {};
  };
  const list: Route = (_parts, _request, user) => ({
    devices: [...devices.known]
      .filter((device) => device.startsWith(`${user} `))
      .map((device) => ({ device_id: device.slice(user.length + 1) })),
  });
  const whoami: Route = (_parts, { query }, user) => ({
    user_id: user,
    ...(query.has("device_id") && { device_id: query.get("device_id") }),
  });
  return [
    [/^PUT \/_matrix\/client\/v3\/devices\/([^/]+)$/, make],
    [/^GET \/_matrix\/client\/v3\/account\/whoami$/, whoami],
    [/^GET \/_matrix\/client\/v3\/devices$/, list],
  ];
}

interface Parts {
  readonly serverName: string;
  readonly users: Set<string>;
  readonly transactions: Map<string, string>;
  readonly devices: Devices;
  readonly rooms: ReadonlyMap<string, Room>;
  readonly room: (roomId: string) => Room;
  readonly add: (event: Omit<FakeEvent, "event_id" | "origin_server_ts">) => FakeEvent;
  readonly setMembership: (roomId: string, userId: string, membership: string, sender: string) => FakeEvent;
}

/** One event for a path, which ends in the transaction id. */
function takeOnce({ transactions, devices }: Parts, { path, query }: RecordedRequest, add: () => FakeEvent) {
  const deviceId = query.get("device_id");
  const ofDevice = `${query.get("user_id") ?? ""} ${deviceId ?? ""} ${path}`;
  const known =
    transactions.get(path) ?? (deviceId === null ? undefined : devices.transactions.get(ofDevice));
  const eventId = known ?? add().event_id;
  transactions.set(path, eventId);
  if (deviceId !== null) devices.transactions.set(ofDevice, eventId);
  return { event_id: eventId };
}

function routesOf(world: Parts): [RegExp, Route][] {
  let files = 0;
  const newMediaId = () => `file${(files += 1)}`;
  const { serverName, users, rooms, room, add, setMembership } = world;
  const requireJoined = (roomId: string, userId: string) => {
    if (membershipOf(room(roomId), userId) !== "join") throw new Refusal(403, "M_FORBIDDEN");
  };
  const register: Route = (_parts, { body }) => {
    const userId = `@${body["username"] as string}:${serverName}`;
    if (users.has(userId)) throw new Refusal(400, "M_USER_IN_USE");
    users.add(userId);
    return { user_id: userId };
  };
  const send: Route = ([roomId = "", type = ""], request, sender) => {
    requireJoined(roomId, sender);
    return takeOnce(world, request, () => add({ type, room_id: roomId, sender, content: request.body }));
  };
  const redact: Route = ([roomId = "", target = ""], request, sender) => {
    requireJoined(roomId, sender);
    const content = { ...request.body, redacts: target };
    return takeOnce(world, request, () =>
      add({ type: "m.room.redaction", room_id: roomId, sender, content }),
    );
  };
  const join: Route = ([roomId = ""], _request, userId) => {
    if (membershipOf(room(roomId), userId) !== "invite") throw new Refusal(403, "M_FORBIDDEN");
    setMembership(roomId, userId, "join", userId);
    return { room_id: roomId };
  };
  const invite: Route = ([roomId = ""], { body }, sender) => {
    requireJoined(roomId, sender);
    const userId = body["user_id"] as string;
    if (membershipOf(room(roomId), userId) === "ban") throw new Refusal(403, "M_FORBIDDEN");
    setMembership(roomId, userId, "invite", sender);
    return {};
  };
  const member: Route = ([roomId = "", userId = ""], _request, asker) => {
    requireJoined(roomId, asker);
    const event = room(roomId).members.get(userId);
    if (event === undefined) throw new Refusal(404, "M_NOT_FOUND");
    return event;
  };
  const event: Route = ([roomId = "", eventId = ""], _request, asker) => {
    requireJoined(roomId, asker);
    const found = room(roomId).events.find(({ event_id }) => event_id === eventId);
    if (found === undefined) throw new Refusal(404, "M_NOT_FOUND");
    return found;
  };
  const context: Route = ([roomId = "", eventId = ""], { query }, asker) => {
    requireJoined(roomId, asker);
    const { events } = room(roomId);
    const at = events.findIndex(({ event_id }) => event_id === eventId);
    if (at < 0) throw new Refusal(404, "M_NOT_FOUND");
    const half = Math.ceil(Number(query.get("limit") ?? 10) / 2);
    const before = events.slice(Math.max(0, at - half), at).toReversed();
    return {
      state: [],
      events_before: before,
      event: events[at],
      events_after: events.slice(at + 1, at + 1 + half),
    };
  };
  const messages: Route = ([roomId = ""], { query }, asker) => {
    requireJoined(roomId, asker);
    const newestFirst = room(roomId).events.toReversed();
    const from = Number(query.get("from") ?? 0);
    const end = from + Number(query.get("limit") ?? 10);
    const chunk = newestFirst.slice(from, end);
    return { chunk, state: [], ...(end < newestFirst.length && { end: String(end) }) };
  };
  const client = String.raw`/_matrix/client/v3`;
  const route = (text: string, handler: Route): [RegExp, Route] => [new RegExp(`^${text}$`), handler];
  return [
    route(`POST ${client}/register`, register),
    route(`PUT ${client}/profile/[^/]+/[^/]+`, () => ({})),
    route(`PUT ${client}/rooms/([^/]+)/send/([^/]+)/([^/]+)`, send),
    route(`PUT ${client}/rooms/([^/]+)/redact/([^/]+)/([^/]+)`, redact),
    route(`PUT ${client}/rooms/([^/]+)/typing/[^/]+`, () => ({})),
    route("GET /_matrix/client/v1/media/config", () => ({ "m.upload.size": 100_000 })),
    route("POST /_matrix/media/v3/upload", () => ({ content_uri: `mxc://${serverName}/${newMediaId()}` })),
    route("POST /_matrix/client/v1/appservice/[^/]+/ping", () => ({ duration_ms: 1 })),
    route(`POST ${client}/join/([^/]+)`, join),
    route(`POST ${client}/rooms/([^/]+)/invite`, invite),
    route(`POST ${client}/rooms/([^/]+)/leave`, ([roomId = ""], _request, userId) => {
      setMembership(roomId, userId, "leave", userId);
      return {};
    }),
    route(`GET ${client}/joined_rooms`, (_parts, _request, userId) => ({
      joined_rooms: [...rooms.values()]
        .filter((one) => membershipOf(one, userId) === "join")
        .map(({ id }) => id),
    })),
    route(`GET ${client}/rooms/([^/]+)/state/m.room.member/([^/]+)`, member),
    route(`GET ${client}/rooms/([^/]+)/messages`, messages),
    route(`GET ${client}/rooms/([^/]+)/event/([^/]+)`, event),
    route(`GET ${client}/rooms/([^/]+)/context/([^/]+)`, context),
  ];
}
