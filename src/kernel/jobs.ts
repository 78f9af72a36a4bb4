/** A kind of background work. The payload is JSON; the handler lives in `src/jobs/`. */
export interface JobSpec<P extends object> {
  /** The queue's name, `<owner>.<verb>`. */
  readonly name: string;
  /** A job with a key that the queue remembers is not queued again. Undefined: every request is a job of its own. */
  readonly key?: (payload: P) => string | undefined;
  readonly retryLimit?: number;
}

/** Names a kind of background work where its owner lives; `src/jobs/` gives it a handler. */
export function declareJob<P extends object>(spec: JobSpec<P>): JobSpec<P> {
  return spec;
}
