import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { CounterName, Counters, TimingName } from "../kernel/counters.ts";

/** What is measured, and what `/metrics` writes. */
export interface Metrics {
  readonly counters: Counters;
  readonly registry: Registry;
  observeRequest(labels: { method: string; route: string; status: number }, seconds: number): void;
}

/** What is counted: the explanation, and the labels it may have. Other labels are dropped. */
const counted: Record<CounterName, readonly [help: string, ...labels: string[]]> = {
  transactions: ["Transactions that the homeserver pushed and that were stored."],
  transaction_failures: ["Transactions that were not stored, by the code that was answered.", "errcode"],
  events: ["Events taken, by type.", "type"],
  duplicate_events: ["Events that were known already."],
  ignored_events: ["Events of rooms that are not mirrored, or of types that are not."],
  dead_letters: ["Events that could not be processed and were kept raw."],
  ephemeral_events: ["Ephemeral events received."],
  sends: ["Attempts to send messages of agents, by their result.", "result"],
  send_retries: ["Times that a message was sent again."],
  backfilled_events: ["Events read back from history."],
  reconciled_rooms: ["Times that a room was compared with the homeserver to the end."],
  reconcile_finds: ["Events that were never pushed and that comparing found."],
  stream_events: ["Events told on streams, once for each reader."],
  runs: ["Runs of agents that this process worked on, by what became of them.", "result"],
  run_failures: ["Runs of agents that did not work, tried again or not, by code.", "code"],
  streams_ended: [
    "Streams that have ended, by why: reader_left, slow_reader, shutting_down or the fault of the key.",
    "reason",
  ],
};

const timed: Record<TimingName, readonly [help: string, buckets: number[]]> = {
  transaction: [
    "Time to store a transaction.",
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
  ],
  send: [
    "Time from the posting of a message until the homeserver took it.",
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
  ],
  run_wait: [
    "Time from the question to an agent until it is begun, again included.",
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  ],
  event_lag: ["Age of events when they are stored.", [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300, 3600, 86_400]],
};

/** Metrics in a registry of their own, so that two bridges in one process do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "microdao_http_request_seconds",
    help: "Time to answer a request of the API.",
    labelNames: ["method", "route", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers: [registry],
  });
  return {
    registry,
    counters: createCounters(registry),
    observeRequest: (labels, seconds) => {
      requests.observe(labels, seconds);
    },
  };
}

function createCounters(registry: Registry): Counters {
  const registers = [registry];
  const counters = mapValues(counted, (name, [help, ...labelNames]) => ({
    counter: new Counter({ name: `microdao_${name}_total`, help, labelNames, registers }),
    labelNames: new Set(labelNames),
  }));
  const timings = mapValues(timed, (name, [help, buckets]) => {
    return new Histogram({ name: `microdao_${name}_seconds`, help, buckets, registers });
  });
  return {
    count(name, by = 1, labels = {}) {
      const { counter, labelNames } = counters[name];
      counter.inc(Object.fromEntries(Object.entries(labels).filter(([label]) => labelNames.has(label))), by);
    },
    observe(name, seconds) {
      timings[name].observe(seconds);
    },
  };
}

function mapValues<K extends string, V, R>(record: Record<K, V>, map: (key: K, value: V) => R): Record<K, R> {
  const entries = Object.entries(record) as [K, V][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(key, value)])) as Record<K, R>;
}

/** Gauges that are read from the database when somebody asks. */
export function createGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `microdao_${name}`, help, labelNames, registers: [registry] });
  return {
    databaseUp: gauge(
      "database_up",
      "1 when the database answered this scrape; the gauges below are from it.",
    ),
    parked: gauge("parked_relations", "Relations whose message has not come yet, by kind.", ["kind"]),
    deadLetters: gauge("dead_letters", "Events kept raw that nobody has dealt with."),
    sends: gauge("sends", "Messages of agents that are not confirmed, by state.", ["state"]),
    runs: gauge("runs_open", "Runs of agents that have not ended, by status.", ["status"]),
    undeliveredAge: gauge("undelivered_oldest_seconds", "Age of the oldest message still to be delivered."),
    rooms: gauge("rooms", "Rooms by status.", ["status"]),
    refusedInvitations: gauge(
      "refused_invitations",
      "Invitations of the bot and of agents that the homeserver refuses, by state: waiting for the next try, or given_up.",
      ["state"],
    ),
    openGaps: gauge(
      "open_gaps",
      "Mirrored rooms in which events may be missing: a comparison has been begun and is not done.",
    ),
    oldestCheck: gauge(
      "oldest_check_seconds",
      "Time since the mirrored room that was compared with the homeserver longest ago; since it was linked, if never.",
    ),
    searchQueue: gauge("search_queue", "Previews that are still to be made findable, at most 100,000."),
    searchQueueAge: gauge("search_queue_oldest_seconds", "How long the first of them has waited."),
    streams: gauge("streams", "Streams that are open."),
    pool: gauge("database_connections", "Connections of the pool, by state.", ["state"]),
  };
}
