/** A kind of background work. The payload is JSON; the handler lives in `src/jobs/`. */
export interface JobSpec<P extends object> {
  /** The queue's name, `<owner>.<verb>`. */
  readonly name: string;
  /** Two jobs of one kind with one key are one job as long as the first has not been finished. */
  readonly key?: (payload: P) => string;
  readonly retryLimit?: number;
}

/** Names a kind of background work where its owner lives; `src/jobs/` gives it a handler. */
export function declareJob<P extends object>(spec: JobSpec<P>): JobSpec<P> {
  return spec;
}
