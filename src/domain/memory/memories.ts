import type { DbClient, Tx } from "../../db/index.ts";
import { declareError } from "../../kernel/errors.ts";
import { newId } from "../../kernel/ids.ts";
import { deleteOfRuns, deleteSilenced, insertMemory, type Memory, selectMemories } from "./memories-store.ts";

export type { Memory } from "./memories-store.ts";

/** In UTF-16 code units. */
export const longestMemory = 1_000;
const mostWords = 12;

export const memoryRefused = declareError<{ what: string }>("memory_invalid", "invalid", ({ what }) => what);

export interface ToRemember {
  /** uuids */
  readonly channelId: string;
  readonly agentId: string;
  /** The run in which it is remembered, and with whose question it goes. */
  readonly runId: string;
  readonly text: string;
}

/**
 * Keeps a sentence for a channel. Throws `memory_invalid`, for channels too whose words are not kept and for runs that have
 * ended.
 */
export async function remember(tx: Tx, { channelId, agentId, runId, text }: ToRemember): Promise<Memory> {
  const summary = text.replaceAll(/\s+/g, " ").trim();
  if (summary === "" || summary.length > longestMemory) {
    throw memoryRefused({ what: `What is to be remembered has 1 to ${longestMemory} characters.` });
  }
  const memory = { id: newId("comem", tx.now), text: summary, at: tx.now };
  if (!(await insertMemory(tx, { ...memory, channelId, agentId, runId }))) {
    throw memoryRefused({ what: "Nothing is kept of what is said in this channel." });
  }
  return memory;
}

/** What a channel remembers that has these words, what has most of them first and then the newest. */
export function recall(
  db: DbClient,
  { channelId, query, limit }: { readonly channelId: string; readonly query: string; readonly limit: number },
): Promise<Memory[]> {
  const words = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [])].slice(0, mostWords);
  return selectMemories(db, { channelId, words, limit });
}

/** Forgets what was remembered in channels that have become encrypted or confidential since, or before their retention. */
export function forgetSilenced(tx: Tx): Promise<number> {
  return deleteSilenced(tx);
}

/** Forgets what was remembered in these runs; gives how much that was. */
export function forgetRemembered(tx: Tx, runIds: readonly string[]): Promise<number> {
  return deleteOfRuns(tx, runIds);
}
