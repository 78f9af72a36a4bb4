import { isObject } from "../../kernel/json.ts";

/**
 * What a room's state says about its channel. Pure: the latest event of each type and key in, columns out.
 * Everything in state was written by somebody with enough power in that room and nothing more, so nothing is trusted.
 */

/** The latest state event of a type and key. */
export interface CurrentState {
  readonly type: string;
  readonly stateKey: string;
  readonly sender: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly redacted: boolean;
}

/** Columns of `channels` that follow from state; null where the room says nothing. */
export interface RoomDescription {
  readonly name: string | null;
  readonly topic: string | null;
  readonly avatarUrl: string | null;
  readonly canonicalAlias: string | null;
  readonly joinRule: string | null;
  readonly historyVisibility: string | null;
  readonly roomVersion: string | null;
  readonly roomType: string | null;
  readonly visibility: "public" | "microdao" | "private";
}

/** Who has how much power. Source: client-server API, `m.room.power_levels`; creators as of room version 12. */
export interface RoomPowers {
  /** Users above all levels; empty before room version 12. */
  readonly creators: readonly string[];
  readonly users: Readonly<Record<string, number>>;
  readonly usersDefault: number;
}

export const mirroredStateTypes: ReadonlySet<string> = new Set([
  "m.room.create",
  "m.room.name",
  "m.room.topic",
  "m.room.avatar",
  "m.room.canonical_alias",
  "m.room.join_rules",
  "m.room.history_visibility",
  "m.room.encryption",
  "m.room.power_levels",
  "m.room.guest_access",
  "m.room.pinned_events",
  "m.room.tombstone",
  "m.room.retention",
  "m.space.child",
  "m.space.parent",
]);

type Content = Readonly<Record<string, unknown>>;
const empty: Content = {};
const maxText = 1024;
const maxPowerUsers = 10_000;
const defaultCreatorLevel = 100;

export function describeRoom(state: readonly CurrentState[], spaceId: string | null): RoomDescription {
  const of = (type: string) => contentOf(state, type);
  const create = of("m.room.create");
  const joinRules = of("m.room.join_rules");
  return {
    name: text(of("m.room.name")["name"]),
    topic: topicOf(of("m.room.topic")),
    avatarUrl: text(of("m.room.avatar")["url"]),
    canonicalAlias: text(of("m.room.canonical_alias")["alias"]),
    joinRule: text(joinRules["join_rule"]),
    historyVisibility: text(of("m.room.history_visibility")["history_visibility"]),
    roomVersion: create === empty ? null : (text(create["room_version"]) ?? "1"),
    roomType: text(create["type"]),
    visibility: visibilityOf(joinRules, spaceId),
  };
}

export function powersOf(state: readonly CurrentState[]): RoomPowers {
  const createEvent = state.find(({ type, stateKey }) => type === "m.room.create" && stateKey === "");
  const levels = contentOf(state, "m.room.power_levels");
  const creators = createEvent === undefined ? [] : creatorsOf(createEvent);
  const creatorsAreAboveAll = creators.length > 0 && roomVersionAtLeast12(createEvent?.content);
  const listed = usersOf(levels["users"]);
  const firstCreator = creators[0];
  // Before version 12 a room without power levels gives its creator 100 and everybody else 0.
  const implied =
    levels === empty && firstCreator !== undefined && !creatorsAreAboveAll
      ? { [firstCreator]: defaultCreatorLevel }
      : listed;
  return {
    creators: creatorsAreAboveAll ? creators : [],
    users: implied,
    usersDefault: parseLevel(levels["users_default"]) ?? 0,
  };
}

function contentOf(state: readonly CurrentState[], wanted: string): Content {
  return state.find(({ type, stateKey }) => type === wanted && stateKey === "")?.content ?? empty;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.slice(0, maxText).toWellFormed() : null;
}

/** MSC3765: the plain representation of `m.topic` before the old `topic`. */
function topicOf(content: Content): string | null {
  const topic = content["m.topic"];
  const parts = isObject(topic) ? topic["m.text"] : undefined;
  const plain = Array.isArray(parts)
    ? parts
        .filter(isObject)
        .find((part) => part["mimetype"] === undefined || part["mimetype"] === "text/plain")
    : undefined;
  return text(plain?.["body"]) ?? text(content["topic"]);
}

function visibilityOf(joinRules: Content, spaceId: string | null): RoomDescription["visibility"] {
  const rule = joinRules["join_rule"];
  if (rule === "public") return "public";
  if (rule !== "restricted" && rule !== "knock_restricted") return "private";
  const allow = Array.isArray(joinRules["allow"]) ? joinRules["allow"].filter(isObject) : [];
  const opensToSpace = allow.some(
    (entry) => entry["type"] === "m.room_membership" && spaceId !== null && entry["room_id"] === spaceId,
  );
  return opensToSpace ? "microdao" : "private";
}

function creatorsOf({ sender, content }: CurrentState): string[] {
  const more = Array.isArray(content["additional_creators"]) ? content["additional_creators"] : [];
  return [sender, ...more.filter((id): id is string => typeof id === "string" && id.startsWith("@"))].slice(
    0,
    100,
  );
}

function roomVersionAtLeast12(create: Content | undefined): boolean {
  const version = create?.["room_version"];
  // An object may even throw when it is asked for its number.
  const isNumber = typeof version === "string" ? /^\d{1,9}$/.test(version) : Number.isInteger(version);
  return isNumber && Number(version) >= 12;
}

function usersOf(value: unknown): Record<string, number> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).slice(0, maxPowerUsers);
  return Object.fromEntries(
    entries.flatMap(([user, raw]) => {
      const found = parseLevel(raw);
      return found === undefined || !user.startsWith("@") ? [] : [[user, found]];
    }),
  );
}

/** Old rooms hold levels as strings; any size is cut to what PostgreSQL's integer holds. */
export function parseLevel(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
  return Math.trunc(Math.min(Math.max(number, -2_147_483_648), 2_147_483_647));
}
