import { transact } from "../db/index.ts";
import { requireHeldRun } from "../domain/endpoints/index.ts";
import { type Principal, recheckKeys } from "../domain/governance/index.ts";
import {
  type FinishedStream,
  finishStream,
  growStream,
  type StreamToFinish,
} from "../domain/messaging/index.ts";
import { bridgeActor } from "../kernel/actor.ts";
import { bug, messageOf } from "../kernel/errors.ts";
import type { RouteDeps } from "./api-scope.ts";
import { shuttingDown, streamEnded, streamTaken, textTooLong } from "./errors.ts";
import { requireSpeaking } from "./require-speaking.ts";
import { messagePieceSchema } from "./schemas/message-stream.ts";
import { endingOf } from "./stream-ending.ts";
import { checked } from "./validate-request.ts";

/** A message that grows by the lines of a request. */
export interface Talk {
  readonly principal: Principal;
  /** uuid of the stream's send. */
  readonly sendId: string;
  /** Its first text. */
  readonly text: string;
  /** The number of the last piece that the stream has taken. */
  readonly seq: number;
  /** The run that it is said for. */
  readonly run?:
    | { readonly agentId: string; readonly runId: string; readonly leaseToken: string }
    | undefined;
}

type Ending = Omit<StreamToFinish, "sendId" | "body">;

/** Text is written down so often at most; how often the room sees it is another matter. */
const writeMs = 250;
const mostCharacters = 400_000;
const brokenOff = "⚠️ This answer broke off.";
const tooLong = "⚠️ This answer is longer than 400,000 characters and ends here.";

/**
 * Makes a message grow until its lines end, by an ending or by the end of the body; gives the messages that it takes. While
 * text is written down nothing is read, so whoever sends faster waits. When the connection breaks, a line is no good, the
 * key or the run does not count any more or the process stops, the message ends by a sentence that says so; the same
 * request again goes on with it, if it has an idempotency key. Throws `stream_ended` and `stream_taken` as well.
 */
export async function sayInPieces(
  deps: RouteDeps,
  talk: Talk,
  lines: AsyncIterator<unknown, undefined>,
): Promise<readonly string[]> {
  const saying = openSaying(deps, talk);
  try {
    return (await saying.finish(await readPieces(saying, lines, deps.closing))).messageIds;
  } catch (error) {
    if (!streamEnded.is(error) && !streamTaken.is(error)) await saying.breakOff(error);
    throw error;
  }
}

async function readPieces(
  saying: Saying,
  lines: AsyncIterator<unknown, undefined>,
  closing: AbortSignal,
): Promise<Ending> {
  for (;;) {
    const next = lines.next();
    for (let waits = true; waits; ) {
      waits = await isLate(next, saying.writeIn(), closing);
      if (waits) await saying.write();
    }
    const line = await next;
    if (line.done === true) return { ending: "complete" };
    const piece = checked(messagePieceSchema, "body", line.value);
    saying.take(piece);
    const ending = endingOf(piece);
    if (ending !== undefined) return { ending, sentence: piece.failed };
    if (saying.writeIn() === 0) await saying.write();
  }
}

/** Whether it is time to write before the next line is there. Throws when that fails, and when the process stops. */
async function isLate(
  next: Promise<unknown>,
  ms: number | undefined,
  closing: AbortSignal,
): Promise<boolean> {
  const done = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(shuttingDown({}));
  closing.addEventListener("abort", stop, { signal: done.signal });
  if (closing.aborted) stop();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    if (ms !== undefined) timer = setTimeout(() => resolve(true), ms);
  });
  try {
    return await Promise.race([next.then(() => false), late, stopped.promise]);
  } finally {
    clearTimeout(timer);
    done.abort();
  }
}

interface Saying {
  take(piece: { readonly text?: string | undefined; readonly append?: string | undefined }): void;
  /** In how many milliseconds what was taken is to be written; undefined when there is nothing. */
  writeIn(): number | undefined;
  write(): Promise<void>;
  finish(ending: Ending): Promise<FinishedStream>;
  breakOff(why: unknown): Promise<void>;
}

function openSaying({ database, log }: RouteDeps, talk: Talk): Saying {
  const { sendId, run, principal } = talk;
  const state = { text: talk.text, seq: talk.seq, hasNews: false, writtenAt: database.clock.now().getTime() };
  /** The whole text, numbered: if somebody else has written meanwhile, the message is theirs. */
  const grow = async (tx: Parameters<typeof growStream>[0]) => {
    const seq = state.seq + 1;
    const grown = await growStream(tx, { sendId, text: state.text, seq });
    if (grown.live && !grown.taken) throw streamTaken({});
    return grown.live;
  };
  const write = async () => {
    const isLive = await transact(database, principal.actor, async (tx) => {
      await requireStill(tx, talk);
      if (run !== undefined) await requireHeldRun(tx, run);
      return grow(tx);
    });
    if (!isLive) throw streamEnded({ state: "ended" });
    state.seq += 1;
    state.hasNews = false;
    state.writtenAt = database.clock.now().getTime();
  };
  return {
    take({ text, append = "" }) {
      state.text = text ?? state.text + append;
      state.hasNews = true;
      if (state.text.length > mostCharacters) throw textTooLong({ limit: mostCharacters });
    },
    writeIn() {
      if (!state.hasNews) return undefined;
      return Math.max(0, state.writtenAt + writeMs - database.clock.now().getTime());
    },
    write,
    async finish(ending) {
      await write();
      const finished = await transact(database, principal.actor, (tx) =>
        finishStream(tx, { sendId, ...ending }),
      );
      if (finished === undefined) throw bug("a message that grew is gone");
      if (finished.repeated || finished.ending !== ending.ending)
        throw streamEnded({ state: finished.ending });
      return finished;
    },
    async breakOff(why) {
      const sentence = textTooLong.is(why) ? tooLong : brokenOff;
      state.text = state.text.slice(0, mostCharacters);
      try {
        await transact(database, bridgeActor, async (tx) => {
          if (await grow(tx)) await finishStream(tx, { sendId, ending: "failed", sentence }, "silence");
        });
      } catch (error) {
        if (streamTaken.is(error)) return;
        log.warn(
          { sendId, reason: messageOf(error) },
          "a message that broke off could not be ended; it is later",
        );
      }
    },
  };
}

/** Rights change and keys end while somebody talks. */
async function requireStill(
  tx: Parameters<typeof growStream>[0],
  { principal, sendId }: Talk,
): Promise<void> {
  const check = (await recheckKeys(tx.db, [principal.keyId], tx.now)).get(principal.keyId);
  if (check === undefined || "ended" in check) throw check?.ended ?? bug("a key was not looked at");
  await requireSpeaking(tx, check.principal, sendId);
}
