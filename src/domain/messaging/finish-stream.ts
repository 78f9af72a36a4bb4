import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type Changeable, requireChangeable } from "./change-target.ts";
import { bodyOf, orEndByRoom, queueEdit } from "./grow-stream.ts";
import { type MessageBody, storable, type Thread, type UsedTool } from "./message-content.ts";
import { selectLatestInThreads } from "./post-context-store.ts";
import { fileRow, mostParts, partsOf, rowsOf, type SpeakingPlace, sourceOf } from "./prepare-sends.ts";
import { insertSends, selectParts } from "./sends-store.ts";
import { lockStream, type StreamEnd, type StreamRow, updateEnded } from "./streams-store.ts";

export interface StreamToFinish {
  /** uuid of the stream's send. */
  readonly sendId: string;
  /** The whole text; what has come so far if left out. */
  readonly body?: MessageBody | undefined;
  readonly ending: "complete" | "failed" | "cancelled";
  /** What was used for it. */
  readonly tools?: readonly UsedTool[] | undefined;
  /** What people are told below the text when it is not whole. */
  readonly sentence?: string | undefined;
}

export interface FinishedStream {
  /** `m_…` of all messages that it takes, in order: the one that grew, and further parts. */
  readonly messageIds: readonly string[];
  /** How it ended; not as was wished when it had ended before, or the room does not take the end. */
  readonly ending: "complete" | "failed" | "cancelled";
  /** Whether it had ended before. */
  readonly repeated: boolean;
}

const sentences = {
  failed: "⚠️ This answer could not be finished.",
  cancelled: "⏹️ Stopped.",
} as const;

/**
 * Ends a stream by one final edit. What one message does not hold follows in further messages of the same thread, or, if
 * there were too many of them, as a file. Ending twice is ending once. Undefined when there is no such stream.
 */
export async function finishStream(
  tx: Tx,
  wish: StreamToFinish,
  endedBy: StreamEnd = "owner",
): Promise<FinishedStream | undefined> {
  const stream = await lockStream(tx, wish.sendId);
  if (stream === undefined) return undefined;
  if (stream.state !== "open") {
    const others = await selectParts(tx.db, stream.id);
    return { messageIds: [stream.id, ...others].map(asMessage), ending: stream.state, repeated: true };
  }
  const finished = await orEndByRoom(tx, stream, async () => {
    const target = await requireChangeable(tx.db, { messageId: stream.id, agentId: stream.agentId });
    const body = wholeText(stream, wish);
    const parts = partsOf(body, { msgtype: stream.msgtype, sender: target.sender, tools: wish.tools });
    const isFresh = await queueEdit(tx, stream, target, {
      body: parts[0] ?? body,
      live: false,
      tools: wish.tools,
    });
    const others = await addParts(tx, stream, target, { whole: body, parts: parts.slice(1) });
    const edits = stream.edits + (isFresh ? 1 : 0);
    await updateEnded(tx, { id: stream.id, state: wish.ending, endedBy, edits });
    return { messageIds: [stream.id, ...others].map(asMessage), ending: wish.ending, repeated: false };
  });
  return finished ?? { messageIds: [asMessage(stream.id)], ending: "failed", repeated: false };
}

function wholeText(stream: StreamRow, { body, ending, sentence }: StreamToFinish): MessageBody {
  const said = storable(body === undefined ? (stream.body ?? "") : sourceOf(body)).trimEnd();
  const note = ending === "complete" ? "" : storable(sentence ?? sentences[ending]).trim();
  const text = [said, note].filter((part) => part !== "").join("\n\n");
  const isMarkdown = body === undefined ? stream.markdown : "markdown" in body;
  // An answer of nothing at all would be no valid message.
  return bodyOf({ markdown: isMarkdown }, text === "" ? "…" : text);
}

/** Queues the parts after the first, each a message of its own. Gives their uuids. */
async function addParts(
  tx: Tx,
  stream: StreamRow,
  { sender, roomId }: Changeable,
  { whole, parts }: { whole: MessageBody; parts: readonly MessageBody[] },
): Promise<string[]> {
  if (parts.length === 0) return [];
  const { id: partOf, agentId, channelId, msgtype } = stream;
  const place: SpeakingPlace = { sender, roomId, agentId, channelId };
  const more = { msgtype, sender, replyTo: null, thread: await threadOf(tx, stream) };
  const rows =
    parts.length >= mostParts
      ? [fileRow(tx.now, place, { ...more, body: whole })]
      : parts.flatMap((body) => rowsOf(tx.now, place, { ...more, body, overflow: "refuse" }));
  return insertSends(
    tx,
    rows.map((row) => ({ ...row, partOf })),
  );
}

async function threadOf(tx: Tx, { channelId, threadRoot }: StreamRow): Promise<Thread | null> {
  if (threadRoot === null) return null;
  const [found] = await selectLatestInThreads(tx.db, channelId, [threadRoot]);
  return { root: threadRoot, latest: found?.latest ?? threadRoot };
}

function asMessage(id: string): string {
  return encodeId("m", id);
}
