import { setImmediate } from "node:timers/promises";
import type { OutboxPlace, OutboxRow } from "../../db/index.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { LiveState } from "../../kernel/live.ts";
import type { Log } from "../../kernel/log.ts";
import { createBell } from "./bell.ts";
import type { EventRights, Verdict } from "./event-rights.ts";
import type { Feed } from "./feed.ts";
import type { Ending, Outlet } from "./outlet.ts";
import type { Positions } from "./position.ts";

/** What a reader asked for. */
export interface StreamFilter {
  /** Uuids; null for all that it may see. */
  readonly channelIds: ReadonlySet<string> | null;
  /** The same channels as events name them. */
  readonly channels: ReadonlySet<string> | null;
  /** Whether a topic, or the kind of a live state, is wanted. */
  wants(topic: string): boolean;
}

export interface StreamParts {
  readonly feed: Feed;
  readonly rights: EventRights;
  readonly positions: Positions;
  readonly outlet: Outlet;
  readonly log: Log;
  readonly heartbeatMs: number;
  /** How long a reader may take no byte. */
  readonly slowMs: number;
  onEvent(): void;
}

/** From where a stream begins. */
export interface StreamStart {
  readonly place: OutboxPlace;
  /** `missed`: the place that was asked for is not there any more. */
  readonly kind: "now" | "resumed" | "missed";
  readonly present: readonly LiveState[];
}

export interface Stream {
  /** There may be something new. */
  wake(): void;
  /** Something holds now; a later state of the same thing takes its place if the reader is slow. */
  offer(state: LiveState): void;
  /** Settles when the reader is gone; gives why. */
  readonly done: Promise<string>;
  end(ending: Ending): void;
}

/** Between two batches the process does other things: many streams may have much to tell at once. */
const batchSize = 50;
const pageBack = 500;
const waitingStates = 1_000;
const pauseMs = 1_000;
const slowReader: Ending = {
  code: "slow_reader",
  detail: "You did not read for too long. Connect again with the id of the last event that you have.",
};

/**
 * Tells one reader what happens from a place on. It has no queue: it takes from the feed what comes after its place, and
 * only while the reader reads. So memory does not grow with slow readers, who fall back to reading from the database.
 */
export function runStream(parts: StreamParts, filter: StreamFilter, start: StreamStart): Stream {
  return new RunningStream(parts, filter, start);
}

class RunningStream implements Stream {
  readonly done: Promise<string>;
  readonly #parts: StreamParts;
  readonly #filter: StreamFilter;
  readonly #bell = createBell();
  readonly #states = new Map<string, LiveState>();
  #place: OutboxPlace;
  /** The id that the reader would come back with. */
  #saidId: string;
  #why = "reader_left";

  constructor(parts: StreamParts, filter: StreamFilter, start: StreamStart) {
    this.#parts = parts;
    this.#filter = filter;
    this.#place = start.place;
    this.#saidId = parts.positions.seal(start.place.id);
    parts.outlet.onChange(() => this.#bell.ring());
    this.done = this.#run(start);
  }

  wake(): void {
    this.#bell.ring();
  }

  end(ending: Ending): void {
    const { outlet } = this.#parts;
    if (!outlet.isClosed) this.#why = ending.code;
    outlet.end(ending);
    this.#bell.ring();
  }

  offer(state: LiveState): void {
    if (!this.#filter.wants(state.kind)) return;
    this.#states.delete(state.key);
    this.#states.set(state.key, state);
    const [oldest] = this.#states.keys();
    if (this.#states.size > waitingStates && oldest !== undefined) this.#states.delete(oldest);
    this.#bell.ring();
  }

  async #run(start: StreamStart): Promise<string> {
    const { outlet, log } = this.#parts;
    if (start.kind === "missed") outlet.send({ type: "missed", data: missedData });
    const data = JSON.stringify({ resumed: start.kind === "resumed" });
    outlet.send({ type: "ready", id: this.#saidId, data });
    for (const state of start.present) this.offer(state);
    while (!outlet.isClosed) {
      try {
        await this.#step();
      } catch (error) {
        log.debug({ reason: messageOf(error) }, "a stream waits for the database");
        await this.#bell.wait(pauseMs);
      }
    }
    return this.#why;
  }

  async #step(): Promise<void> {
    if (this.#parts.outlet.isFull) await this.#waitForRoom();
    else if ((await this.#passEvents()) || (await this.#passStates())) await setImmediate();
    else if (!(await this.#bell.wait(this.#parts.heartbeatMs))) this.#beat();
  }

  /** Gives the reader time; that there is news does not count as reading. */
  async #waitForRoom(): Promise<void> {
    const { outlet, slowMs } = this.#parts;
    const until = monotonicMs() + slowMs;
    while (outlet.isFull && !outlet.isClosed) {
      const left = until - monotonicMs();
      if (left <= 0) this.end(slowReader);
      else await this.#bell.wait(left);
    }
  }

  async #passEvents(): Promise<boolean> {
    const { feed, rights, outlet } = this.#parts;
    const rows = feed.following(this.#place, batchSize) ?? (await feed.readBack(this.#place, pageBack));
    const wanted = rows.filter((row) => isWanted(row, this.#filter));
    const verdicts = wanted.length === 0 ? [] : await rights.judge(wanted);
    const verdictOf = new Map(wanted.map((row, index) => [row, verdicts[index] ?? "hidden"] as const));
    for (const row of rows) {
      if (outlet.isClosed || outlet.isFull) return true;
      this.#place = row;
      this.#tell(row, verdictOf.get(row) ?? "hidden");
    }
    return rows.length > 0;
  }

  #tell({ id, envelope }: OutboxRow, verdict: Verdict): void {
    if (verdict === "hidden") return;
    this.#saidId = id;
    this.#parts.outlet.send({ type: "event", id, data: verdict === "blank" ? blanked(envelope) : envelope });
    this.#parts.onEvent();
  }

  async #passStates(): Promise<boolean> {
    if (this.#states.size === 0) return false;
    const { outlet, rights } = this.#parts;
    const taken = [...this.#states.values()];
    this.#states.clear();
    const readable = await rights.readable([...new Set(taken.flatMap((state) => state.channelIds))]);
    const isSeen = (id: string) => readable.has(id) && (this.#filter.channelIds?.has(id) ?? true);
    for (const state of taken) {
      if (outlet.isClosed || outlet.isFull) return true;
      if (state.channelIds.some(isSeen)) outlet.send({ type: state.kind, data: JSON.stringify(state.data) });
    }
    return true;
  }

  /** Says that the connection lives, and how far the reader is when it was told nothing for a while. */
  #beat(): void {
    const id = this.#parts.positions.seal(this.#place.id);
    const isNews = this.#saidId !== this.#place.id && this.#saidId !== id;
    if (isNews) this.#saidId = id;
    this.#parts.outlet.send({ type: "heartbeat", data: "{}", ...(isNews && { id }) });
  }
}

const missedData = JSON.stringify({
  code: "events_missed",
  detail:
    "The event you named is not kept any more: what came after it may be lost to you. Read anew what you need.",
});

function isWanted({ topic, channelId }: OutboxRow, filter: StreamFilter): boolean {
  if (!filter.wants(topic)) return false;
  return filter.channels === null || (channelId !== null && filter.channels.has(channelId));
}

/** The event of a team that has become confidential since it was told. */
function blanked(envelope: string): string {
  const event = JSON.parse(envelope) as { payload: Record<string, unknown> };
  for (const said of ["preview", "key"]) if (said in event.payload) event.payload[said] = "";
  return JSON.stringify(event);
}
