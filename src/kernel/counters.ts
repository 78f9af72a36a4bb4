/** What is counted while the bridge runs; `/metrics` shows each as `microdao_<name>_total`. The list is closed. */
export type CounterName =
  | "transactions"
  | "transaction_failures"
  | "events"
  | "duplicate_events"
  | "ignored_events"
  | "dead_letters"
  | "ephemeral_events"
  | "sends"
  | "send_retries"
  | "backfilled_events"
  | "reconciled_rooms"
  | "reconcile_finds"
  | "stream_events"
  | "streams_ended"
  | "runs"
  | "run_failures";

/** What is measured, in seconds; `/metrics` shows each as the histogram `microdao_<name>_seconds`. */
export type TimingName = "run_wait" | "transaction" | "send" | "event_lag";

/** Counting is passed in, so that code which counts needs no metrics library. Label values come from closed sets. */
export interface Counters {
  count(name: CounterName, by?: number, labels?: Readonly<Record<string, string>>): void;
  observe(name: TimingName, seconds: number): void;
}

export const noCounters: Counters = { count: () => undefined, observe: () => undefined };
