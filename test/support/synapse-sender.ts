import { Agent, type ClientRequest, request } from "node:http";
import type { Random } from "../../bench/random.ts";
import type { MatrixEvent } from "./matrix-events.ts";

/** How one request ended; status 0: no answer came, because the connection failed or was cut. */
export interface Answer {
  readonly status: number;
  readonly ms: number;
  /** When it was there, milliseconds of `performance.now()`. */
  readonly at: number;
  readonly events: number;
  readonly isRetry: boolean;
}

export interface SenderOptions {
  readonly url: string;
  readonly hsToken: string;
  readonly random: Random;
  /** The first pause after a failure, milliseconds; each next one is twice as long, up to 16 times. Synapse's is 2 s. */
  readonly firstPauseMs?: number;
  /** Whether an event is missing when its transaction is repeated, as purged and rejected ones are. Default: none is. */
  readonly loses?: (event: MatrixEvent) => boolean;
}

/**
 * Sends transactions as Synapse does (`appservice/scheduler.py`), its faults included:
 *
 *   up     up to 100 events of the queue become a transaction, one in flight. No 200 → down.
 *   down   what was queued has transactions of 100; every new event gets one of its own. The oldest is repeated, with
 *          pauses that double, until 200; then the next at once. None left → up.
 *
 * A repeated transaction is made anew from its event ids: events that were redacted meanwhile come without content, some
 * are missing, ephemeral events are gone. Sometimes another transaction goes out before the failure of one is noticed.
 * A transaction that was in flight when it was killed stays behind until the next failure: by then it is older than what
 * was delivered.
 */
export class SynapseSender {
  /** Every event that was in a transaction that got its 200, as it was sent first. */
  readonly acknowledged = new Map<string, MatrixEvent>();
  readonly answers: Answer[] = [];
  /** Every event that ever happened, in order. */
  readonly offered: ReadonlyMap<string, MatrixEvent>;
  readonly #options: SenderOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #known = new Map<string, MatrixEvent>();
  readonly #redactedBy = new Map<string, MatrixEvent>();
  readonly #lost = new Set<string>();
  readonly #rows = new Map<number, readonly string[]>();
  readonly #running: Promise<void>;
  #queue: string[] = [];
  #isUp = true;
  #stopped = false;
  #lastId = 0;
  #idsBeginAgain = false;
  #inFlight: { readonly request: ClientRequest; readonly id: number } | undefined;
  #forgotten: number | undefined;
  #wakers: (() => void)[] = [];
  #watchers: (() => void)[] = [];

  constructor(options: SenderOptions) {
    this.#options = options;
    this.offered = this.#known;
    this.#running = this.#run();
  }

  /** New events of the homeserver, in the order in which they happened. */
  offer(...events: readonly MatrixEvent[]): void {
    for (const event of events) {
      this.#known.set(event.event_id, event);
      if (event.redacts !== undefined) this.#redactedBy.set(event.redacts, event);
      this.#queue.push(event.event_id);
    }
    this.#arrived();
  }

  /** Delivers events again that were delivered before, under new ids, as a homeserver whose position was set back does. */
  replay(count: number): void {
    const { random } = this.#options;
    const known = [...this.#known.keys()];
    const from = random.below(Math.max(1, known.length - count));
    this.#queue.push(...known.slice(from, from + count));
    this.#arrived();
  }

  /**
   * As Synapse on SQLite when it is started anew: ids begin again behind the highest outstanding one. Killed, it leaves
   * the transaction behind that was in flight; stopped, it waits for it, so that ids mostly begin again at 1. What waits
   * in its memory is kept, which is kinder than Synapse is.
   */
  restart(how: "killed" | "stopped"): void {
    this.#idsBeginAgain = true;
    if (how === "stopped") return;
    this.#isUp = true;
    this.#forgotten = this.#inFlight?.id;
    this.#inFlight?.request.destroy();
    this.#wake();
  }

  /** Repeats at once what waits for its pause to end, as Synapse does after a ping. */
  forceRetry(): void {
    this.#wake();
  }

  /** Whether new events go out in batches; else a transaction that failed has not been repeated with success yet. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Settles when the next transaction has been sent, before its answer is there. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => void this.#watchers.push(resolve));
  }

  /** How many events have not been acknowledged yet. */
  get pending(): number {
    const inRows = [...this.#rows.values()].reduce((count, ids) => count + ids.length, 0);
    return this.#queue.length + inRows;
  }

  /** Settles when everything is acknowledged, what stayed behind included. */
  async settled(timeoutMs = 60_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.pending > 0) {
      // The next failure brings up what stayed behind.
      if (this.#queue.length === 0 && this.#inFlight === undefined && this.#isUp) this.#fail();
      if (performance.now() > deadline)
        throw new Error(`${this.pending} events were not acknowledged in ${timeoutMs} ms`);
      await pause(5);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#inFlight?.request.destroy();
    this.#wake();
    await this.#running;
    this.#agent.destroy();
  }

  async #run(): Promise<void> {
    const { firstPauseMs = 20 } = this.#options;
    let pauseMs = firstPauseMs;
    while (!this.#stopped) {
      if (this.#isUp) {
        await this.#sendNext();
        pauseMs = firstPauseMs;
        continue;
      }
      this.#storeAll(1);
      const oldest = Math.min(...this.#rows.keys());
      if (oldest === Infinity) this.#isUp = true;
      else if (await this.#send(oldest, true)) pauseMs = firstPauseMs;
      else {
        await this.#sleep(pauseMs);
        pauseMs = Math.min(pauseMs * 2, firstPauseMs * 16);
      }
    }
  }

  async #sendNext(): Promise<void> {
    if (this.#queue.length === 0) {
      await this.#sleep(1_000);
      return;
    }
    const id = this.#store(this.#queue.splice(0, 100));
    if (await this.#send(id, false)) return;
    // A failure is noticed in the background; now and then the next transaction is faster.
    if (this.#options.random.below(4) === 0 && this.#isUp && this.#queue.length > 0)
      await this.#send(this.#store(this.#queue.splice(0, 100)), false);
    if (this.#forgotten === id) this.#forgotten = undefined;
    else this.#fail();
  }

  /** Down: what is in memory becomes transactions that wait. */
  #fail(): void {
    this.#isUp = false;
    this.#forgotten = undefined;
    this.#storeAll(100);
    this.#wake();
  }

  #storeAll(size: number): void {
    while (this.#queue.length > 0) this.#store(this.#queue.splice(0, size));
  }

  #store(ids: readonly string[]): number {
    if (this.#idsBeginAgain) this.#lastId = Math.max(0, ...this.#rows.keys());
    this.#idsBeginAgain = false;
    this.#lastId += 1;
    while (this.#rows.has(this.#lastId)) this.#lastId += 1;
    this.#rows.set(this.#lastId, ids);
    return this.#lastId;
  }

  async #send(id: number, isRetry: boolean): Promise<boolean> {
    const row = this.#rows.get(id) ?? [];
    const events = row
      .map((eventId) => this.#eventOf(eventId))
      .filter((event) => !this.#isLost(event, isRetry));
    const sent = isRetry ? events.map((event) => this.#rebuilt(event)) : events;
    const ephemeral = [{ type: "m.typing", room_id: "!any:where", content: { user_ids: [] } }];
    const began = performance.now();
    const status = await this.#put(id, JSON.stringify({ events: sent, ...(!isRetry && { ephemeral }) }));
    const at = performance.now();
    this.answers.push({ status, ms: at - began, at, events: events.length, isRetry });
    if (status !== 200) return false;
    this.#rows.delete(id);
    for (const event of events) this.acknowledged.set(event.event_id, event);
    return true;
  }

  #eventOf(eventId: string): MatrixEvent {
    const event = this.#known.get(eventId);
    if (event === undefined) throw new Error(`${eventId} was never offered`);
    return event;
  }

  #isLost(event: MatrixEvent, isRetry: boolean): boolean {
    if (isRetry && this.#options.loses?.(event) === true) this.#lost.add(event.event_id);
    return this.#lost.has(event.event_id);
  }

  /** The event as the homeserver reads it from its database now. */
  #rebuilt(event: MatrixEvent): MatrixEvent {
    const because = this.#redactedBy.get(event.event_id);
    if (because === undefined) return event;
    return { ...event, content: {}, unsigned: { age: 1, redacted_because: because } };
  }

  /** The status; 0 when there was no answer, or one that Synapse does not take for one. */
  #put(id: number, body: string): Promise<number> {
    const { url, hsToken } = this.#options;
    return new Promise((resolve) => {
      const outgoing = request(
        `${url}/_matrix/app/v1/transactions/${id}`,
        {
          method: "PUT",
          agent: this.#agent,
          headers: {
            authorization: `Bearer ${hsToken}`,
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => resolve(isJson(chunks) ? (response.statusCode ?? 0) : 0));
          response.on("error", () => resolve(0));
        },
      );
      // Synapse waits 60 s for the headers of an answer.
      outgoing.setTimeout(60_000, () => outgoing.destroy());
      outgoing.on("error", () => resolve(0));
      outgoing.on("close", () => resolve(0));
      this.#inFlight = { request: outgoing, id };
      outgoing.end(body, () => {
        for (const tell of this.#watchers.splice(0)) tell();
      });
    }).finally(() => (this.#inFlight = undefined)) as Promise<number>;
  }

  /** New events do not shorten the pause after a failure. */
  #arrived(): void {
    if (this.#isUp) this.#wake();
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakers.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function isJson(chunks: readonly Buffer[]): boolean {
  try {
    JSON.parse(Buffer.concat(chunks).toString());
    return true;
  } catch {
    return false;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
