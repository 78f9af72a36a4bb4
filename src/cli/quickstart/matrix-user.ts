import { homeserverRefused } from "./errors.ts";

/** One person's view of a homeserver: the few calls of the Client-Server API that the demo world needs. */
export interface MatrixUser {
  readonly userId: string;
  readonly accessToken: string;
  joinedRooms(): Promise<readonly string[]>;
  membersOf(roomId: string): Promise<readonly string[]>;
  findAlias(alias: string): Promise<string | undefined>;
  createRoom(room: Readonly<Record<string, unknown>>): Promise<string>;
  /** Does nothing when the user is invited or in the room already. */
  invite(roomId: string, userId: string): Promise<void>;
  /** Takes somebody out of a room, or an invitation back; does nothing when the user is not there. */
  kick(roomId: string, userId: string): Promise<void>;
  join(roomId: string): Promise<void>;
  findState(roomId: string, type: string, stateKey: string): Promise<object | undefined>;
  setState(roomId: string, type: string, stateKey: string, content: object): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const patienceMs = 30_000;

/** https://spec.matrix.org/v1.19/client-server-api/ as one user. Refusals that are not expected are `homeserver_refused`. */
export function matrixUser(
  homeserverUrl: string,
  login: { userId: string; accessToken: string },
): MatrixUser {
  const call = (method: string, path: string, body?: object): Promise<Reply> =>
    request(homeserverUrl, { method, path, accessToken: login.accessToken, ...(body && { body }) });
  const must = async (method: string, path: string, body?: object) =>
    accepted(`${method} ${path}`, await call(method, path, body));
  const find = async (path: string) => {
    const reply = await call("GET", path);
    return reply.status === 404 ? undefined : accepted(`GET ${path}`, reply);
  };
  const isThere = async (roomId: string, userId: string): Promise<boolean> => {
    const membership = (await find(stateOf(roomId, "m.room.member", userId)))?.["membership"];
    return membership === "invite" || membership === "join";
  };
  return {
    ...login,
    joinedRooms: async () => texts((await must("GET", "/joined_rooms"))["joined_rooms"]),
    membersOf: async (roomId) =>
      Object.keys((await must("GET", `/rooms/${part(roomId)}/joined_members`))["joined"] as object),
    findAlias: async (alias) => {
      const found = await find(`/directory/room/${part(alias)}`);
      return found && String(found["room_id"]);
    },
    createRoom: async (room) => String((await must("POST", "/createRoom", room))["room_id"]),
    invite: async (roomId, userId) => {
      if (await isThere(roomId, userId)) return;
      const path = `/rooms/${part(roomId)}/invite`;
      const reply = await call("POST", path, { user_id: userId });
      // Whoever came in by another way meanwhile cannot be invited any more.
      if (reply.status !== 403 || !(await isThere(roomId, userId))) accepted(`POST ${path}`, reply);
    },
    kick: async (roomId, userId) => {
      if (!(await isThere(roomId, userId))) return;
      await must("POST", `/rooms/${part(roomId)}/kick`, { user_id: userId });
    },
    join: async (roomId) => {
      await must("POST", `/join/${part(roomId)}`, {});
    },
    findState: (roomId, type, stateKey) => find(stateOf(roomId, type, stateKey)),
    setState: async (roomId, type, stateKey, content) => {
      await must("PUT", stateOf(roomId, type, stateKey), content);
    },
  };
}

/** The access token of an account whose password is known, or undefined when the homeserver does not let it in. */
export async function findLogin(
  homeserverUrl: string,
  account: { userId: string; password: string },
): Promise<string | undefined> {
  const reply = await request(homeserverUrl, {
    method: "POST",
    path: "/login",
    body: {
      type: "m.login.password",
      identifier: { type: "m.id.user", user: account.userId },
      password: account.password,
      initial_device_display_name: "microDAO quickstart",
    },
  });
  return reply.status === 200 ? String(reply.body["access_token"]) : undefined;
}

/** Whose token it is, or undefined when the homeserver does not know it. */
export async function findTokenOwner(
  homeserverUrl: string,
  accessToken: string,
): Promise<string | undefined> {
  const reply = await request(homeserverUrl, { method: "GET", path: "/account/whoami", accessToken });
  return reply.status === 200 ? String(reply.body["user_id"]) : undefined;
}

async function request(
  homeserverUrl: string,
  { method, path, accessToken, body }: { method: string; path: string; accessToken?: string; body?: object },
): Promise<Reply> {
  const reply = await fetch(`${homeserverUrl}/_matrix/client/v3${path}`, {
    method,
    headers: {
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const parsed: unknown = await reply.json().catch(() => ({}));
  return { status: reply.status, body: parsed as Record<string, unknown> };
}

function accepted(what: string, { status, body }: Reply): Reply["body"] {
  if (status < 300) return body;
  throw homeserverRefused({
    request: what,
    status,
    errcode: textOr("", body["errcode"]),
    error: textOr("no reason given", body["error"]),
  });
}

function stateOf(roomId: string, type: string, stateKey: string): string {
  return `/rooms/${part(roomId)}/state/${part(type)}/${part(stateKey)}`;
}

function part(text: string): string {
  return encodeURIComponent(text);
}

function textOr(otherwise: string, value: unknown): string {
  return typeof value === "string" ? value : otherwise;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
