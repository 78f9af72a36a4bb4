import { type Database, findOutboxPlace, type OutboxRow, outboxBeginning } from "../../db/index.ts";
import { type KeyCheck, type Principal, recheckKeys } from "../../domain/governance/index.ts";
import type { Counters } from "../../kernel/counters.ts";
import { messageOf } from "../../kernel/errors.ts";
import { decodeId } from "../../kernel/ids.ts";
import type { LiveSource } from "../../kernel/live.ts";
import type { Log } from "../../kernel/log.ts";
import { tooManyStreams } from "../errors.ts";
import { type EventRights, openEventRights } from "./event-rights.ts";
import { type Feed, openFeed } from "./feed.ts";
import type { Ending, Outlet } from "./outlet.ts";
import { openPositions, type Positions } from "./position.ts";
import { runStream, type Stream, type StreamFilter, type StreamStart } from "./stream.ts";

/** What a process allows its streams. */
export interface StreamLimits {
  readonly perKey: number;
  readonly inAll: number;
  readonly heartbeatMs: number;
  /** How long a reader may take no byte before it is cut. */
  readonly slowMs: number;
  /** How often keys are looked at again. */
  readonly recheckMs: number;
}

export const defaultStreamLimits: StreamLimits = {
  perKey: 20,
  inAll: 1_000,
  heartbeatMs: 15_000,
  slowMs: 30_000,
  recheckMs: 2_000,
};

export interface StreamsDeps {
  readonly database: Database;
  readonly secretsKey: Uint8Array;
  readonly log: Log;
  readonly counters: Counters;
  readonly live?: LiveSource | undefined;
  readonly limits?: Partial<StreamLimits> | undefined;
}

/** All streams of the process. */
export interface Streams {
  /** Keeps a place for one more stream of this key. Throws `too_many_streams`. */
  admit(principal: Principal): Seat;
  count(): number;
  positions: Positions;
  close(): void;
}

/** The right to one stream, to be used or left. */
export interface Seat {
  /** Where a reader goes on; `after` is an event's id, empty for before all, absent for now. */
  begin(after: string | undefined): Promise<StreamStart>;
  /** Runs the stream until its reader is gone. */
  run(outlet: Outlet, filter: StreamFilter, start: StreamStart): Promise<void>;
  /** Looks after a stream of another kind until its reader is gone: its key, and the end of the process. */
  attend(stream: Stream): Promise<void>;
  leave(): void;
}

/** A key with open streams. */
interface Holder {
  readonly rights: EventRights;
  readonly streams: Set<Stream>;
  seats: number;
}

const shuttingDown: Ending = { code: "shutting_down", detail: "The bridge is stopping. Connect again." };
const inactive: Ending = {
  code: "subject_inactive",
  detail: "The agent that this key belongs to is not active.",
};

export function openStreams(deps: StreamsDeps): Streams {
  return new AllStreams(deps);
}

class AllStreams implements Streams {
  readonly positions: Positions;
  readonly #deps: StreamsDeps;
  readonly #limits: StreamLimits;
  readonly #feed: Feed;
  readonly #holders = new Map<string, Holder>();
  #stopListening: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
    this.#limits = { ...defaultStreamLimits, ...deps.limits };
    this.positions = openPositions(deps.secretsKey);
    this.#feed = openFeed({ database: deps.database, log: deps.log, onRows: (rows) => this.#heard(rows) });
  }

  admit(principal: Principal): Seat {
    const taken = this.#holders.get(principal.keyId)?.seats ?? 0;
    const inAll = [...this.#holders.values()].reduce((sum, { seats }) => sum + seats, 0);
    if (taken >= this.#limits.perKey || inAll >= this.#limits.inAll) {
      throw tooManyStreams({ retryAfterSeconds: 30 });
    }
    const holder = this.#sitDown(principal);
    let isSeated = true;
    return {
      begin: (after) => this.#begin(after),
      run: (outlet, filter, start) => this.#run(holder, outlet, { filter, start }),
      attend: (stream) => this.#attend(holder, stream),
      leave: () => {
        if (isSeated) this.#standUp(principal.keyId, holder);
        isSeated = false;
      },
    };
  }

  count(): number {
    return this.#all().length;
  }

  close(): void {
    this.#isClosing = true;
    this.#stopListening?.();
    clearInterval(this.#timer);
    for (const stream of this.#all()) stream.end(shuttingDown);
    this.#feed.stop();
  }

  #all(): Stream[] {
    return [...this.#holders.values()].flatMap(({ streams }) => [...streams]);
  }

  #heard(rows: readonly OutboxRow[]): void {
    for (const { topic, channelId } of rows) {
      if (channelId === null || !/^(?:member|channel)\./.test(topic)) continue;
      for (const { rights } of this.#holders.values()) rights.forget(decodeId("c", channelId) ?? "");
    }
    if (rows.some(({ topic }) => topic === "access_key.revoked")) void this.#recheck();
    for (const stream of this.#all()) stream.wake();
  }

  async #recheck(): Promise<void> {
    const { database, log } = this.#deps;
    try {
      const checks = await recheckKeys(database.db, [...this.#holders.keys()], database.clock.now());
      for (const [keyId, check] of checks) {
        const holder = this.#holders.get(keyId);
        if (holder !== undefined) applyCheck(holder, check);
      }
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "the keys of streams could not be looked at");
    }
  }

  #sitDown(principal: Principal): Holder {
    const { keyId } = principal;
    const holder = this.#holders.get(keyId) ?? {
      rights: openEventRights(this.#deps.database, principal),
      streams: new Set<Stream>(),
      seats: 0,
    };
    holder.seats += 1;
    this.#holders.set(keyId, holder);
    this.#timer ??= setInterval(() => void this.#recheck(), this.#limits.recheckMs).unref();
    this.#stopListening ??= this.#deps.live?.listen((state) => {
      for (const stream of this.#all()) stream.offer(state);
    });
    return holder;
  }

  #standUp(keyId: string, holder: Holder): void {
    holder.seats -= 1;
    if (holder.seats === 0) this.#holders.delete(keyId);
    if (this.#holders.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#feed.stop();
  }

  async #begin(after: string | undefined): Promise<StreamStart> {
    await this.#feed.start();
    const present = this.#deps.live?.present() ?? [];
    if (after === undefined) return { place: this.#feed.end(), kind: "now", present };
    const place = after === "" ? outboxBeginning : await findOutboxPlace(this.#deps.database.db, after);
    return place === undefined
      ? { place: this.#feed.end(), kind: "missed", present }
      : { place, kind: "resumed", present };
  }

  async #run(holder: Holder, outlet: Outlet, { filter, start }: Asked): Promise<void> {
    const { log, counters } = this.#deps;
    const { rights } = holder;
    let events = 0;
    const onEvent = () => {
      events += 1;
      counters.count("stream_events");
    };
    const { positions } = this;
    const stream = runStream(
      { ...this.#limits, feed: this.#feed, rights, positions, outlet, log, onEvent },
      filter,
      start,
    );
    await this.#attend(holder, stream, () => events);
  }

  async #attend({ rights, streams }: Holder, stream: Stream, told = () => 0): Promise<void> {
    const { log, counters } = this.#deps;
    streams.add(stream);
    if (this.#isClosing) stream.end(shuttingDown);
    const reason = await stream.done;
    streams.delete(stream);
    counters.count("streams_ended", 1, { reason });
    log.info({ keyId: rights.principal.keyId, events: told(), reason }, "a stream has ended");
  }
}

interface Asked {
  readonly filter: StreamFilter;
  readonly start: StreamStart;
}

/** What a look at the key means for its streams. */
function applyCheck(holder: Holder, check: KeyCheck): void {
  if ("ended" in check) endAll(holder, { code: check.ended.code, detail: check.ended.message });
  else if (check.principal.subject.active) holder.rights.principal = check.principal;
  else endAll(holder, inactive);
}

function endAll({ streams }: Holder, ending: Ending): void {
  for (const stream of streams) stream.end(ending);
}
