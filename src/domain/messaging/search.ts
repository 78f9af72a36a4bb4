import type { DbClient, Tx } from "../../db/index.ts";
import type { MessageView } from "./message-view.ts";
import { lockSearchQueue, type SearchRange, selectFound, takeQueued, writeWords } from "./search-store.ts";
import { queryOf, wordsOf } from "./search-words.ts";

/**
 * Makes the words of up to `limit` messages whose previews came or changed, and gives how many notes it took: as many as
 * `limit` means that there are more. Safe to run in several processes; one of them works at a time.
 */
export async function indexMessages(tx: Tx, limit: number): Promise<number> {
  if (!(await lockSearchQueue(tx))) return 0;
  const { taken, messages } = await takeQueued(tx, limit);
  if (messages.length > 0) {
    await writeWords(
      tx,
      messages.map(({ id, preview }) => ({ id, words: wordsOf(preview) })),
    );
  }
  return taken;
}

/**
 * Messages whose previews have the words of a query, newest first: all of them, a phrase in quotes, `or` between
 * alternatives, `-` before what must not be there. A query that asks for nothing finds nothing.
 */
export async function searchMessages(
  db: DbClient,
  range: Omit<SearchRange, "query"> & { readonly text: string },
): Promise<MessageView[]> {
  const query = queryOf(range.text);
  return query === "" || range.channelIds.length === 0 ? [] : selectFound(db, { ...range, query });
}
