/**
 * The least that reading a history can cost: `bare-paging.ts <homeserver> <room> <token>` fetches the same pages as our
 * backfill, one after the other, and parses their JSON. Nothing else.
 */
import { asToken } from "./protocol.ts";

const [url = "", roomId = ""] = process.argv.slice(2);
const filter = encodeURIComponent(JSON.stringify({ lazy_load_members: true }));
const path = `${url}/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=500&filter=${filter}`;

let events = 0;
let from = "";
for (;;) {
  const reply = await fetch(path + from, {
    headers: { authorization: `Bearer ${process.argv[4] ?? asToken}` },
  });
  const page = JSON.parse(await reply.text()) as { chunk: unknown[]; end?: string };
  events += page.chunk.length;
  if (page.end === undefined) break;
  from = `&from=${page.end}`;
}
process.stdout.write(`${JSON.stringify({ events })}\n`);
