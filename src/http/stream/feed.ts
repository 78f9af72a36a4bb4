import {
  type Database,
  findOutboxEnd,
  isBefore,
  type OutboxPlace,
  type OutboxRow,
  outboxBeginning,
  readOutbox,
} from "../../db/index.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";

/** The outbox as it grows, read once for all streams of the process. */
export interface Feed {
  /** Begins to look, at the end of the outbox. Safe to repeat. */
  start(): Promise<void>;
  /** Stops looking and forgets what it holds. */
  stop(): void;
  /** The last event that was read. */
  end(): OutboxPlace;
  /** At most `limit` events after a place; undefined when the place lies before what is held. */
  following(place: OutboxPlace, limit: number): readonly OutboxRow[] | undefined;
  /** The same from the database, for a stream that lies behind. A few at a time. */
  readBack(place: OutboxPlace, limit: number): Promise<readonly OutboxRow[]>;
}

export interface FeedOptions {
  readonly database: Database;
  readonly log: Log;
  /** Told of events as soon as they are read. */
  readonly onRows: (rows: readonly OutboxRow[]) => void;
}

/** How often the outbox is looked at for what other processes wrote. */
const pollMs = 1_000;
/** After a commit in this process, and while rows wait for an older transaction to end. */
const soonMs = 5;
const heldMs = 50;
const pageSize = 1_000;
const heldRows = 5_000;
/** Text that is taken out of a row is still in the copy that is held, for so long. */
const heldForMs = 5_000;
/** These come with text being taken out of earlier rows: the copies of those are not told any more. */
const emptying: ReadonlySet<string> = new Set(["chat.message.deleted", "chat.message.updated"]);
const readersBack = 2;

export function openFeed(options: FeedOptions): Feed {
  return new OutboxFeed(options);
}

class OutboxFeed implements Feed {
  readonly #options: FeedOptions;
  readonly #back = createGate(readersBack);
  #rows: OutboxRow[] = [];
  /** When the rows were read, and how many at a time. */
  #pages: { readonly at: number; count: number }[] = [];
  /** The row before the first that is held. */
  #floor: OutboxPlace = outboxBeginning;
  /** Counts starts and stops: what was asked for in an earlier life is of no use. */
  #life = 0;
  #starting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #isLooking = false;
  #wasWoken = false;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#starting ??= this.#begin(this.#life).catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  stop(): void {
    this.#life += 1;
    this.#starting = undefined;
    this.#isLooking = false;
    this.#dueAt = Number.POSITIVE_INFINITY;
    clearTimeout(this.#timer);
    this.#options.database.committed.delete(this.#wake);
    this.#rows = [];
    this.#pages = [];
  }

  end(): OutboxPlace {
    return this.#rows.at(-1) ?? this.#floor;
  }

  following(place: OutboxPlace, limit: number): readonly OutboxRow[] | undefined {
    if (isBefore(place, this.#floor)) return undefined;
    const first = firstAfter(this.#rows, place);
    return this.#rows.slice(first, first + limit);
  }

  readBack(place: OutboxPlace, limit: number): Promise<readonly OutboxRow[]> {
    return this.#back(async () => (await readOutbox(this.#options.database.db, place, limit)).rows);
  }

  async #begin(life: number): Promise<void> {
    const found = await findOutboxEnd(this.#options.database.db);
    if (life !== this.#life) return;
    this.#floor = found;
    this.#options.database.committed.add(this.#wake);
    this.#lookIn(pollMs);
  }

  readonly #wake = (): void => {
    if (this.#isLooking) this.#wasWoken = true;
    else this.#lookIn(soonMs);
  };

  #lookIn(ms: number): void {
    const at = monotonicMs() + ms;
    if (this.#isLooking || at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(() => void this.#look(this.#life), ms).unref();
  }

  async #look(life: number): Promise<void> {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#isLooking = true;
    const next = await this.#readPage(life);
    if (life !== this.#life) return;
    this.#isLooking = false;
    this.#lookIn(this.#wasWoken ? Math.min(next, soonMs) : next);
    this.#wasWoken = false;
  }

  /** Reads what follows; gives in how many milliseconds to look again. */
  async #readPage(life: number): Promise<number> {
    try {
      const { rows, held } = await readOutbox(this.#options.database.db, this.end(), pageSize);
      if (life === this.#life) this.#take(rows);
      if (rows.length === pageSize) return 0;
      return held ? heldMs : pollMs;
    } catch (error) {
      this.#options.log.debug({ reason: messageOf(error) }, "the outbox could not be read; streams wait");
      return pollMs;
    }
  }

  #take(page: readonly OutboxRow[]): void {
    const now = monotonicMs();
    if (page.some(({ topic }) => emptying.has(topic))) this.#drop(this.#rows.length);
    while (now - (this.#pages[0]?.at ?? now) > heldForMs) this.#drop(this.#pages[0]?.count ?? 0);
    if (page.length === 0) return;
    this.#rows.push(...page);
    this.#pages.push({ at: now, count: page.length });
    if (this.#rows.length > heldRows) this.#drop(this.#rows.length - heldRows);
    this.#options.onRows(page);
  }

  /** Forgets the oldest so many; streams that have not told them yet read them from the database. */
  #drop(count: number): void {
    this.#floor = this.#rows.splice(0, count).at(-1) ?? this.#floor;
    for (let left = count; left > 0; ) {
      const page = this.#pages[0];
      if (page === undefined) return;
      const taken = Math.min(left, page.count);
      page.count -= taken;
      left -= taken;
      if (page.count === 0) this.#pages.shift();
    }
  }
}

/** Where the first row after a place is in a list in order. */
function firstAfter(rows: readonly OutboxRow[], place: OutboxPlace): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && isBefore(place, row)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Lets so many run at once; the others wait for their turn. */
function createGate(places: number) {
  let free = places;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
