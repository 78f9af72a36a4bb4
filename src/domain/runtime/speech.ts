import { type Database, type Tx, transact } from "../../db/index.ts";
import { bug, messageOf } from "../../kernel/errors.ts";
import { answerKeyOf, type ClaimedRun, type LanguageModel } from "../agents/index.ts";
import {
  findSendByKey,
  finishStream,
  growStream,
  type MessageBody,
  openStream,
  postMessage,
  type UsedTool,
} from "../messaging/index.ts";
import { agentActorOf } from "./rights.ts";

export interface SpeechDeps {
  readonly database: Database;
  readonly wakeEgress: () => void;
}

/** An answer that is being said. */
export interface Speech {
  /** The whole text so far. Shown soon; throws what kept earlier text from being shown. */
  show(text: string): void;
  /** Waits for what is on its way, and shows nothing more. */
  rest(): Promise<void>;
  /** The last word, in the transaction that ends the run; gives the uuid of the message. */
  finish(tx: Tx, text: string, tools: readonly UsedTool[]): Promise<{ readonly messageId: string }>;
  /** The answer broke off, or is not wanted any more; nothing happens when there is none in the room. */
  breakOff(tx: Tx, ending: "failed" | "cancelled"): Promise<void>;
  /** Aborted when the message was deleted, or nothing can be said there any more. */
  readonly hushed: AbortSignal;
}

/** A model that has finished by then has its answer sent as one message, without an edit. */
const firstPauseMs = 25;
const pauseMs = 150;
/** The message counts as left alone after a minute. */
const aliveEveryMs = 15_000;
const longestSingle = 16_000;

/**
 * Says an answer while it is being thought of: one message that grows, the same one when the run is taken up again. Which
 * growth becomes an edit is decided by `growStream`.
 */
export function openSpeech(
  deps: SpeechDeps,
  run: ClaimedRun,
  { writes }: Pick<LanguageModel, "writes">,
): Speech {
  const bodyOf = (text: string): MessageBody => (writes === "text" ? { text } : { markdown: text });
  const place = placeOf(run);
  const shown = openShown(deps, run, bodyOf);
  return {
    hushed: shown.hushed,
    show: shown.show,
    rest: shown.rest,
    async finish(tx, text, tools) {
      const begun = shown.sendId() ?? (await findBegun(tx, run));
      if (begun === undefined && text.length <= longestSingle) {
        const { sendId } = await postMessage(tx, { ...place, body: bodyOf(text), tools });
        return { messageId: sendId };
      }
      const { sendId } = await openStream(tx, place, bodyOf(text));
      await finishStream(tx, { sendId, body: bodyOf(text), ending: "complete", tools });
      return { messageId: sendId };
    },
    async breakOff(tx, ending) {
      const sendId = shown.sendId() ?? (await findBegun(tx, run));
      if (sendId !== undefined) await finishStream(tx, { sendId, ending });
    },
  };
}

interface Shown extends Pick<Speech, "hushed" | "show" | "rest"> {
  /** The message, when it is in the room or on its way there. */
  sendId(): string | undefined;
}

/** What is seen of an answer before it is whole: at most one transaction at a time, always with the newest text. */
function openShown(deps: SpeechDeps, run: ClaimedRun, bodyOf: (text: string) => MessageBody): Shown {
  const hush = new AbortController();
  const state: {
    text: string;
    shown: string;
    sendId?: string;
    failure?: { error: Error };
    resting: boolean;
  } = { text: "", shown: "", resting: false };
  let busy: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const push = async (text: string) => {
    const { sendId } = state;
    const { live, ...stream } = await transact(deps.database, agentActorOf(run), async (tx) =>
      sendId === undefined
        ? openStream(tx, placeOf(run), bodyOf(text))
        : { ...(await growStream(tx, { sendId, text })), sendId },
    );
    state.sendId = stream.sendId;
    if (!live) hush.abort();
    state.shown = text;
    deps.wakeEgress();
  };
  const pump = () => {
    timer = undefined;
    if (state.resting || busy !== undefined || state.failure !== undefined) return;
    busy = push(state.text)
      .catch((error: unknown) => {
        state.failure = { error: error instanceof Error ? error : bug(messageOf(error)) };
      })
      .finally(() => {
        busy = undefined;
        if (state.text !== state.shown) plan(pauseMs);
      });
  };
  const plan = (ms: number) => {
    if (!state.resting && !hush.signal.aborted) timer ??= setTimeout(pump, ms);
  };
  const alive = setInterval(() => {
    if (state.sendId !== undefined) pump();
  }, aliveEveryMs);
  return {
    hushed: hush.signal,
    sendId: () => state.sendId,
    show(text) {
      if (state.failure !== undefined) throw state.failure.error;
      state.text = text;
      if (text.trim() !== "") plan(state.sendId === undefined ? firstPauseMs : pauseMs);
    },
    async rest() {
      state.resting = true;
      clearTimeout(timer);
      clearInterval(alive);
      await busy;
    },
  };
}

/** The message that an earlier attempt had begun. */
async function findBegun(tx: Tx, run: ClaimedRun): Promise<string | undefined> {
  return (await findSendByKey(tx.db, answerKeyOf(run)))?.id;
}

function placeOf({ runId, agentId, channelId, causationId, hop, trigger, threadRoot }: ClaimedRun) {
  return {
    channelId,
    agentId,
    ...(trigger.eventId !== null && { replyTo: { eventId: trigger.eventId } }),
    ...(trigger.eventId === null && threadRoot !== null && { threadRoot: { eventId: threadRoot } }),
    idempotency: answerKeyOf({ runId, agentId }),
    cause: { runId, causationId, hop },
  };
}
