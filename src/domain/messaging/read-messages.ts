import { type DbClient, timeOfMicroseconds } from "../../db/index.ts";
import { type MessageView, viewColumns, viewJoins } from "./message-view.ts";

/** Where a row stands in a list that is ordered by time and then id. */
export interface Place {
  readonly createdUs: bigint;
  readonly id: string;
}

export interface MessageRange {
  readonly channelId: string;
  readonly order: "desc" | "asc";
  /** Where the page before ended. */
  readonly after: Place | null;
  readonly limit: number;
}

/** One page of a channel's messages by (`created_at`, `id`): one statement, however many there are. */
export async function listMessages(db: DbClient, range: MessageRange): Promise<MessageView[]> {
  const [beyond, direction] = range.order === "desc" ? ["<", "DESC"] : [">", "ASC"];
  const from =
    range.after === null ? "" : `AND (created_at, id) ${beyond} (${timeOfMicroseconds("$3")}, $4::uuid)`;
  return db.$queryRawUnsafe<MessageView[]>(
    `WITH page AS MATERIALIZED (
       SELECT * FROM messages WHERE channel_id = $1::uuid ${from}
        ORDER BY created_at ${direction}, id ${direction} LIMIT $2)
     SELECT ${viewColumns} FROM page m ${viewJoins}
      ORDER BY m.created_at ${direction}, m.id ${direction}`,
    range.channelId,
    range.limit,
    ...(range.after === null ? [] : [range.after.createdUs, range.after.id]),
  );
}
