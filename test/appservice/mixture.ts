import { snapshot } from "../mirror/snapshot.ts";
import {
  alice,
  bob,
  bot,
  editOf,
  type MatrixEvent,
  member,
  messageWith,
  reactionTo,
  redactionOf,
  sofia,
  state,
  text,
} from "../support/matrix-events.ts";
import type { World } from "../support/world.ts";

/** Every table that a transaction may write, whole. */
export async function everything(world: World): Promise<Record<string, unknown>> {
  const rest = ["outbox_events", "matrix.inbox", "pgboss.job"];
  const found: Record<string, unknown> = await snapshot(world.database);
  for (const table of rest)
    found[table] = await world.rows(`SELECT row_to_json(t)::text AS row FROM ${table} t ORDER BY 1`);
  return found;
}

/** One event of each kind that leaves rows, and what asks for work. */
export function mixture(): MatrixEvent[] {
  const [first, second, gone] = [text("first"), text("second", { sender: bob }), text("gone")];
  return [
    member(alice, "join", { profile: { displayname: "Alice" } }),
    member(sofia, "join"),
    member(bot, "invite", { sender: alice, room_id: "!elsewhere:test" }),
    state("m.room.name", { name: "General" }),
    first,
    second,
    gone,
    editOf(first, "first, corrected"),
    reactionTo(second, "👍"),
    redactionOf(gone),
    messageWith({ msgtype: "m.text", body: "Sofia?", "m.mentions": { user_ids: [sofia] } }),
    text("!dao status"),
    { ...text("bad"), sender: 7 } as unknown as MatrixEvent,
  ];
}
