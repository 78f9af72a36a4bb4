import type { Database } from "../../db/index.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { LiveSource, LiveState } from "../../kernel/live.ts";
import type { Log } from "../../kernel/log.ts";
import { createExpiringMap, type ExpiringMap } from "./expiring-map.ts";
import { type EphemeralFact, parseEphemeral } from "./parse-ephemeral.ts";
import { readChannelsOfRooms, readChannelsOfUsers } from "./seen-through.ts";

/** Takes what the homeserver pushes beside events, and gives what is true of it now. */
export interface Live extends LiveSource {
  /** Returns at once and never throws: nothing durable depends on ephemeral data. */
  take(ephemeral: readonly unknown[]): void;
  stop(): void;
}

export interface LiveOptions {
  readonly database: Database;
  readonly log: Log;
  /** How long each is believed without a word, for tests. */
  readonly lastsMs?: Partial<Record<LiveState["kind"], number>>;
}

/**
 * How long a state is believed. Synapse says when somebody begins to type and when it ends, nothing between, and an end
 * may be lost.
 */
const lastsMs: Record<LiveState["kind"], number> = { typing: 120_000, receipt: 600_000, presence: 300_000 };
const keptStates = 10_000;
const keptFacts = 10_000;
/** How many are looked up at a time; what comes meanwhile for the same thing takes the place of what waits. */
const batchSize = 500;
const batchMs = 50;
const sweepMs = 1_000;
/** How long it is remembered which channel a room has and in which channels somebody is. */
const placesMs = 30_000;
const nowhereMs = 5_000;

type Known = LiveState & { readonly digest: string };

/**
 * Typing, receipts and presence, in memory only, bounded in number and time. While nobody listens nothing is looked up;
 * the latest of each waits.
 */
export function openLive(options: LiveOptions): Live {
  return new LiveStates(options);
}

class LiveStates implements Live {
  readonly #options: LiveOptions;
  readonly #lastsMs: Record<LiveState["kind"], number>;
  /** What is to be looked up. A flood of presence makes nobody wait who types. */
  readonly #waiting = {
    soon: createExpiringMap<EphemeralFact>(keptFacts),
    later: createExpiringMap<EphemeralFact>(keptFacts),
  };
  readonly #known = createExpiringMap<Known>(keptStates);
  readonly #places = createExpiringMap<readonly string[]>(keptStates);
  readonly #listeners = new Set<(state: LiveState) => void>();
  #timer: NodeJS.Timeout | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#lastsMs = { ...lastsMs, ...options.lastsMs };
  }

  take(ephemeral: readonly unknown[]): void {
    if (ephemeral.length === 0) return;
    // After the homeserver has its answer.
    setImmediate(() => {
      try {
        this.#absorb(ephemeral);
      } catch (error) {
        this.#options.log.debug({ reason: messageOf(error) }, "ephemeral data was lost");
      }
    });
  }

  present(): readonly LiveState[] {
    return this.#known.values(monotonicMs());
  }

  listen(listener: (state: LiveState) => void): () => void {
    this.#listeners.add(listener);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
    this.#lookSoon();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#sweeper);
    this.#timer = undefined;
    this.#sweeper = undefined;
  }

  #absorb(ephemeral: readonly unknown[]): void {
    const now = monotonicMs();
    for (const fact of ephemeral.flatMap(parseEphemeral)) {
      const queue = fact.kind === "presence" ? this.#waiting.later : this.#waiting.soon;
      queue.set(fact.key, fact, now + this.#lastsMs[fact.kind]);
    }
    this.#lookSoon();
  }

  #lookSoon(): void {
    const { soon, later } = this.#waiting;
    if (this.#listeners.size === 0 || this.#isLooking || soon.size + later.size === 0) return;
    this.#timer ??= setTimeout(() => void this.#look(), batchMs).unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    this.#isLooking = true;
    const { soon, later } = this.#waiting;
    const facts = [soon, later].flatMap((queue) => takeFirst(queue, batchSize));
    try {
      await this.#findPlaces(facts);
      for (const fact of facts) this.#apply(fact);
    } catch (error) {
      this.#options.log.debug({ reason: messageOf(error) }, "ephemeral data was lost");
    }
    this.#isLooking = false;
    this.#lookSoon();
  }

  /** Learns through which channels these may be seen: a statement for the rooms and one for the people, if need be. */
  async #findPlaces(facts: readonly EphemeralFact[]): Promise<void> {
    const now = monotonicMs();
    const { db } = this.#options.database;
    const unknown = new Set(facts.map(placeOf).filter((id) => this.#places.get(id, now) === undefined));
    const [users, rooms] = [
      [...unknown].filter((id) => id.startsWith("@")),
      [...unknown].filter((id) => id.startsWith("!")),
    ];
    const found = new Map([
      ...(rooms.length === 0 ? [] : await readChannelsOfRooms(db, rooms)),
      ...(users.length === 0 ? [] : await readChannelsOfUsers(db, users)),
    ]);
    for (const id of unknown) {
      const channelIds = found.get(id);
      this.#places.set(id, channelIds ?? [], now + (channelIds === undefined ? nowhereMs : placesMs));
    }
  }

  #apply(fact: EphemeralFact): void {
    const now = monotonicMs();
    const channelIds = this.#places.get(placeOf(fact), now) ?? [];
    if (channelIds.length === 0) return;
    const state = stateOf(fact, channelIds, this.#options.database.clock.now());
    const isNews = this.#known.get(state.key, now)?.digest !== state.digest;
    const isOver = fact.kind === "typing" && fact.userIds.length === 0;
    const wasKnown = this.#known.get(state.key, now) !== undefined;
    if (isOver) this.#known.delete(state.key);
    else this.#known.set(state.key, state, now + this.#lastsMs[fact.kind]);
    if (isNews && (!isOver || wasKnown)) this.#tell(state);
  }

  /** Whoever has typed for too long without a word is not believed any more. */
  #sweep(): void {
    for (const state of this.#known.expire(monotonicMs())) {
      if (state.kind === "typing") this.#tell({ ...state, data: { ...state.data, userIds: [] } });
    }
  }

  #tell({ kind, key, channelIds, data }: LiveState): void {
    for (const listener of this.#listeners) listener({ kind, key, channelIds, data });
  }
}

/** Takes the oldest out, and what is over. */
function takeFirst(queue: ExpiringMap<EphemeralFact>, count: number): EphemeralFact[] {
  const now = monotonicMs();
  queue.expire(now);
  const first = queue.values(now).slice(0, count);
  for (const { key } of first) queue.delete(key);
  return first;
}

/** Where it is seen: the room, or the person whose channels count. */
function placeOf(fact: EphemeralFact): string {
  return fact.kind === "presence" ? fact.userId : fact.roomId;
}

function stateOf(fact: EphemeralFact, channelIds: readonly string[], now: Date): Known {
  const data = dataOf(fact, channelIds[0] ?? "", now);
  const { kind, key } = fact;
  // How long ago somebody was active is new each time and no news.
  const digest = JSON.stringify({ ...data, lastActiveAt: undefined });
  return { kind, key, channelIds, data, digest };
}

function dataOf(fact: EphemeralFact, channelId: string, now: Date): Record<string, unknown> {
  if (fact.kind === "presence") {
    const { userId, presence, statusMessage, currentlyActive, lastActiveAgoMs } = fact;
    const lastActiveAt =
      lastActiveAgoMs === null ? null : new Date(Math.max(0, now.getTime() - lastActiveAgoMs)).toISOString();
    return { userId, presence, statusMessage, currentlyActive, lastActiveAt };
  }
  const channel = { channelId: encodeId("c", channelId) };
  if (fact.kind === "typing") return { ...channel, userIds: fact.userIds };
  const { userId, eventId, threadId, ts } = fact;
  return { ...channel, userId, eventId, threadId, at: new Date(ts).toISOString() };
}
