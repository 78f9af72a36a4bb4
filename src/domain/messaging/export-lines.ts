import type { DbClient } from "../../db/index.ts";
import { exportChannel } from "./export-channel.ts";

/** What an export is, as a file. */
export const exportType = "application/x-ndjson";

/** A channel's export (`exportChannel`) as NDJSON, a line at a time. */
export async function* exportLines(db: DbClient, channelId: string): AsyncGenerator<string> {
  for await (const line of exportChannel(db, channelId)) yield `${JSON.stringify(line)}\n`;
}
