import { integerAt, objectAt, stringAt } from "../../kernel/json.ts";

/** The key in an event's content that says which run of an agent said it, so that chains of runs can be counted. */
export const causeKey = "org.microdao.cause";

/** What an agent says something for. */
export interface Cause {
  /** `run_…` */
  readonly runId: string;
  /** What the chain of runs began with. */
  readonly causationId: string;
  /** How many runs came before this one: 0 when a person asked for it. */
  readonly hop: number;
}

const longest = 255;

/** What a content claims to be caused by. Anyone can write the key: believe it of our own users only. */
export function causeOf(content: Readonly<Record<string, unknown>>): Cause | null {
  const claimed = objectAt(content, causeKey);
  const runId = stringAt(claimed, "run");
  const causationId = stringAt(claimed, "cause");
  const hop = integerAt(claimed, "hop");
  if (runId === undefined || causationId === undefined || hop === undefined || hop < 0) return null;
  return runId.length <= longest && causationId.length <= longest ? { runId, causationId, hop } : null;
}

/** The same, as content has it. */
export function causeContent({ runId, causationId, hop }: Cause): Record<string, unknown> {
  return { [causeKey]: { run: runId, cause: causationId, hop } };
}
