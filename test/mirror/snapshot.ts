import type { Database } from "../../src/db/index.ts";
import { pollColumn } from "../../src/domain/messaging/poll-view.ts";

const mirrorTables = [
  "matrix.edits",
  "matrix.reactions",
  "matrix.redactions",
  "matrix.poll_events",
  "matrix.state_events",
  "matrix.member_events",
  "matrix.rooms",
  "channel_members",
  "messages",
  "channels",
] as const;

/** Every row of every table of the mirror, whole. Users without the number that their external id happens to have. */
export async function snapshot({ db }: Database): Promise<Record<string, string[]>> {
  const tables: Record<string, string[]> = {};
  for (const table of mirrorTables)
    tables[table] = await rows(db, `SELECT row_to_json(t)::text AS row FROM ${table} t`);
  tables["users"] = await rows(db, "SELECT (to_jsonb(t) - 'external_id')::text AS row FROM users t");
  tables["polls"] = await rows(
    db,
    `SELECT row_to_json(p)::text AS row FROM (SELECT m.matrix_event_id, ${pollColumn} FROM messages m) p`,
  );
  return tables;
}

async function rows(db: Database["db"], sql: string): Promise<string[]> {
  const found = await db.$queryRawUnsafe<{ row: string }[]>(sql);
  return found.map(({ row }) => row).toSorted();
}

/** Tables that histories fill, each before those that it refers to. */
const emptied = [
  ..."outbox_events matrix.search_queue matrix.state_events matrix.member_events matrix.rooms messages channel_members channels".split(
    " ",
  ),
  ..."agents agent_blueprints microdao_members microdaos users".split(" "),
];

let resets = 0;

/** Empties the mirror and links the given rooms anew, each to a channel of its own; the first has replaced the old one. */
export async function resetMirror(
  { db }: Database,
  rooms: readonly string[],
  { agent, oldRoom }: { agent: string; oldRoom?: string },
): Promise<void> {
  const statements = [
    // Not TRUNCATE: done hundreds of times it leaves hundreds of thousands of files to the next checkpoint.
    ...emptied.map((table) => `DELETE FROM ${table}`),
    `INSERT INTO users (id, matrix_id, created_at) VALUES ('00000000-0000-7000-8000-000000000001', '@owner:test', 'epoch')`,
    `INSERT INTO microdaos (id, name, owner_user_id) VALUES ('00000000-0000-7000-8000-000000000002', 'dao', '00000000-0000-7000-8000-000000000001')`,
    `INSERT INTO agent_blueprints (id, code, model) VALUES ('00000000-0000-7000-8000-000000000003', 'test', 'echo')`,
    `INSERT INTO agents (id, external_id, name, kind, blueprint_id, matrix_id)
     VALUES ('00000000-0000-7000-8000-000000000004', 'agent:sofia', 'Sofia', 'assistant', '00000000-0000-7000-8000-000000000003', '${agent}')`,
    ...rooms.flatMap((room, index) => {
      const id = `00000000-0000-7000-8000-0000000001${String(index).padStart(2, "0")}`;
      return [
        `INSERT INTO channels (id, slug, name, microdao_id, matrix_room_id, visibility, created_at)
         VALUES ('${id}', 'room-${String(index)}', 'room', '00000000-0000-7000-8000-000000000002', '${room}', 'private', 'epoch')`,
        `INSERT INTO matrix.rooms (room_id, channel_id, status, created_at, updated_at) VALUES ('${room}', '${id}', 'joined', 'epoch', 'epoch')`,
      ];
    }),
    ...(oldRoom === undefined
      ? []
      : [
          `INSERT INTO matrix.rooms (room_id, channel_id, status, successor_room_id, replaced_at, generation, created_at, updated_at)
     VALUES ('${oldRoom}', '00000000-0000-7000-8000-000000000100', 'joined', '${rooms[0] ?? ""}', 'epoch', -1, 'epoch', 'epoch')`,
        ]),
  ];
  await db.$executeRawUnsafe(`DO $$ BEGIN ${statements.join("; ")}; END $$`);
  resets += 1;
  // What was deleted stays in the indexes until it is swept, and every look goes past it.
  if (resets % 15 === 0)
    await db.$executeRawUnsafe(`VACUUM ${[...new Set([...emptied, ...mirrorTables])].join(", ")}`);
}
