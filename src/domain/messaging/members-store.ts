import type { StatementPart, Tx } from "../../db/index.ts";
import { redactionWaits } from "./relations-store.ts";

export interface MemberEventRow {
  readonly event_id: string;
  readonly room_id: string;
  readonly user_id: string;
  readonly sender: string;
  readonly ts: number;
  readonly membership: string;
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  readonly is_guest: boolean;
  readonly redacted: boolean;
}

/** Membership events that were not there before, and which of them a redaction was waiting for. */
export interface InsertedEvents {
  readonly inserted: readonly string[];
  readonly awaited: readonly string[];
}

/** Writes member events. */
export function memberEventsPart(rows: readonly MemberEventRow[]): StatementPart<InsertedEvents> {
  return {
    params: [JSON.stringify(rows)],
    ctes: ($) => `
      new_member_event AS (
        INSERT INTO matrix.member_events (event_id, room_id, user_id, sender, origin_server_ts, membership, display_name,
                                          avatar_url, is_guest, redacted)
        SELECT f.event_id, f.room_id, f.user_id, f.sender, f.ts, f.membership, f.display_name, f.avatar_url, f.is_guest,
               f.redacted
          FROM json_to_recordset(${$(0)}::json)
            AS f(event_id text, room_id text, user_id text, sender text, ts bigint, membership text, display_name text,
                 avatar_url text, is_guest boolean, redacted boolean)
        ON CONFLICT DO NOTHING
        RETURNING event_id
      )`,
    result: () => insertedEvents("new_member_event"),
  };
}

/** SQL for what an insert of events gives. */
export function insertedEvents(cte: string): string {
  return `SELECT json_build_object(
            'inserted', COALESCE(json_agg(event_id), '[]'),
            'awaited', COALESCE(json_agg(event_id) FILTER (WHERE ${redactionWaits("n.event_id")}), '[]'))
            FROM ${cte} n`;
}

/** Whose membership in which room is to be derived again. `member_id` is the user's or agent's uuid. */
export interface TouchedMember {
  readonly room_id: string;
  readonly channel_id: string;
  readonly user_id: string;
  readonly member_id: string;
  readonly is_agent: boolean;
  /** The row's id should it not exist yet. */
  readonly row_id: string;
}

export interface ChangedMember {
  readonly channelId: string;
  readonly userId: string;
  readonly memberId: string;
  readonly isAgent: boolean;
  readonly role: string;
  readonly membership: string;
  readonly membershipBefore: string | null;
  /** The member event that decides, and its time in milliseconds since 1970. */
  readonly eventId: string;
  readonly ts: number;
}

/**
 * SQL: whether the room `r` decides about `t` in the channel. It does as long as it has not been replaced, and after
 * that as long as no later room of the channel knows `t`.
 */
const isDecisive = `(r.successor_room_id IS NULL OR NOT EXISTS (
  SELECT FROM matrix.rooms n
   CROSS JOIN LATERAL (SELECT e.event_id FROM matrix.member_events e
                        WHERE e.room_id = n.room_id AND e.user_id = t.user_id LIMIT 1) known
   WHERE n.channel_id = t.channel_id AND n.generation > r.generation))`;

/** SQL: who was in a room that was replaced has left, except for agents: they follow when they speak. */
const hasToMove = `r.successor_room_id IS NOT NULL AND NOT t.is_agent AND latest.membership IN ('join', 'invite', 'knock')`;
/** SQL: whoever has only events that the homeserver has overruled is in its state no more. */
const membershipOf = `CASE WHEN latest.overruled OR ${hasToMove} THEN 'leave' ELSE latest.membership END`;

/** SQL: the latest membership event of `t` of those that count or do not. */
const latestOf = (counts: string) => `
  (SELECT e.* FROM matrix.member_events e
    WHERE e.room_id = t.room_id AND e.user_id = t.user_id AND ${counts}
    ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1)`;

/** SQL that derives the rows and writes them; `touched` is the placeholder of the JSON that says whose. */
const derivation = (touched: string) => `
     touched AS MATERIALIZED (
       SELECT * FROM json_to_recordset(${touched}::json)
         AS t(room_id text, channel_id uuid, user_id text, member_id uuid, is_agent boolean, row_id uuid)
     ), derived AS MATERIALIZED (
       SELECT t.*, latest.event_id, latest.origin_server_ts, ${membershipOf} AS membership, latest.display_name,
              latest.avatar_url, to_timestamp(stay.began / 1000.0) AS joined_at,
              COALESCE(to_timestamp(stay.ended / 1000.0), CASE WHEN ${hasToMove} THEN r.replaced_at END) AS left_at,
              before.membership AS membership_before,
              ${roleOf("present", "latest.is_guest")} AS role
         FROM touched t
         JOIN matrix.rooms r ON r.room_id = t.room_id AND r.room_id = ANY(ARRAY(SELECT room_id FROM touched))
         LEFT JOIN matrix.rooms present ON present.room_id = CASE WHEN r.successor_room_id IS NULL THEN r.room_id
           ELSE (SELECT c.matrix_room_id FROM channels c WHERE c.id = t.channel_id) END
        CROSS JOIN LATERAL (${latestOf("NOT e.overruled")} UNION ALL ${latestOf("e.overruled")} LIMIT 1) latest
         LEFT JOIN LATERAL (
          SELECT e.origin_server_ts AS ts, e.event_id COLLATE "C" AS id FROM matrix.member_events e
           WHERE e.room_id = t.room_id AND e.user_id = t.user_id AND e.overruled = latest.overruled AND e.membership = 'join'
           ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) last_join ON true
         LEFT JOIN LATERAL (
          SELECT e.origin_server_ts AS ts, e.event_id COLLATE "C" AS id FROM matrix.member_events e
           WHERE e.room_id = t.room_id AND e.user_id = t.user_id AND e.overruled = latest.overruled AND e.membership <> 'join'
             AND (e.origin_server_ts, e.event_id COLLATE "C") < (last_join.ts, last_join.id)
           ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) away ON true
         LEFT JOIN LATERAL (
          SELECT min(e.origin_server_ts) FILTER (
                   WHERE e.membership = 'join'
                     AND (away.ts IS NULL OR (e.origin_server_ts, e.event_id COLLATE "C") > (away.ts, away.id))) AS began,
                 min(e.origin_server_ts) FILTER (
                   WHERE e.membership IN ('leave', 'ban')
                     AND (e.origin_server_ts, e.event_id COLLATE "C") > (last_join.ts, last_join.id)) AS ended
            FROM matrix.member_events e
           WHERE e.room_id = t.room_id AND e.user_id = t.user_id AND e.overruled = latest.overruled) stay ON true
         LEFT JOIN LATERAL (
          SELECT m.membership FROM channel_members m
           WHERE NOT t.is_agent AND m.channel_id = t.channel_id AND m.member_user_id = t.member_id
           UNION ALL
          SELECT m.membership FROM channel_members m
           WHERE t.is_agent AND m.channel_id = t.channel_id AND m.member_agent_id = t.member_id) before ON true
        WHERE ${isDecisive}
     ), derived_person AS (
       INSERT INTO channel_members (id, channel_id, member_user_id, role, membership, display_name, avatar_url, joined_at, left_at)
       SELECT row_id, channel_id, member_id, role, membership, display_name, avatar_url, joined_at, left_at
         FROM derived WHERE NOT is_agent
       ON CONFLICT (channel_id, member_user_id) DO UPDATE
         SET (role, membership, display_name, avatar_url, joined_at, left_at)
           = (EXCLUDED.role, EXCLUDED.membership, EXCLUDED.display_name, EXCLUDED.avatar_url, EXCLUDED.joined_at, EXCLUDED.left_at)
     ), derived_agent AS (
       INSERT INTO channel_members (id, channel_id, member_agent_id, role, membership, display_name, avatar_url, joined_at, left_at)
       SELECT row_id, channel_id, member_id, role, membership, display_name, avatar_url, joined_at, left_at
         FROM derived WHERE is_agent
       ON CONFLICT (channel_id, member_agent_id) DO UPDATE
         SET (role, membership, display_name, avatar_url, joined_at, left_at)
           = (EXCLUDED.role, EXCLUDED.membership, EXCLUDED.display_name, EXCLUDED.avatar_url, EXCLUDED.joined_at, EXCLUDED.left_at)
     )`;

/**
 * Derives `channel_members` from the member events: the latest by (`origin_server_ts`, `event_id`) that the homeserver has
 * not overruled decides; `joined_at` is the first join of the last unbroken stay, `left_at` the first leave or ban after it,
 * null where nobody says when that was.
 */
export function membersPart(touched: readonly TouchedMember[]): StatementPart<ChangedMember[]> {
  return {
    params: [JSON.stringify(touched)],
    ctes: ($) => derivation($(0)),
    result: () => `
      SELECT COALESCE(json_agg(json_build_object('channelId', channel_id, 'userId', user_id, 'memberId', member_id,
               'isAgent', is_agent, 'role', role, 'membership', membership, 'membershipBefore', membership_before,
               'eventId', event_id, 'ts', origin_server_ts)), '[]')
        FROM derived WHERE membership_before IS DISTINCT FROM membership`,
  };
}

/**
 * Gives every member of these rooms' channels the role that the rooms' powers give them now. A room that was replaced gives
 * nobody a role; whom only it knows stays a guest if they were one there.
 */
export async function deriveRoles(tx: Tx, roomIds: readonly string[]): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `WITH wanted AS (
       SELECT m.id, ${roleOf("r", "COALESCE(latest.is_guest, m.role = 'guest')")} AS role
         FROM matrix.rooms r
         JOIN channel_members m ON m.channel_id = r.channel_id
         CROSS JOIN LATERAL (
           SELECT COALESCE(u.matrix_id, a.matrix_id) AS user_id, a.id IS NOT NULL AS is_agent
             FROM (SELECT 1) one
             LEFT JOIN users u ON u.id = m.member_user_id
             LEFT JOIN agents a ON a.id = m.member_agent_id) t
         LEFT JOIN LATERAL (
           SELECT e.is_guest FROM matrix.member_events e
            WHERE e.room_id = r.room_id AND e.user_id = t.user_id AND NOT e.overruled
            ORDER BY e.origin_server_ts DESC, e.event_id COLLATE "C" DESC LIMIT 1) latest ON true
        WHERE r.room_id = ANY($1::text[]) AND r.successor_room_id IS NULL)
     UPDATE channel_members m SET role = w.role FROM wanted w WHERE w.id = m.id AND m.role <> w.role`,
    roomIds,
  );
}

/** SQL for the role of `t.user_id` in a room. Creators stand above every level; Matrix has 100 for admins, 50 for moderators. */
function roleOf(room: string, isGuest: string): string {
  const level = `COALESCE((${room}.power_users ->> t.user_id)::bigint, ${room}.power_default)`;
  return `CASE WHEN t.is_agent THEN 'agent' WHEN ${isGuest} THEN 'guest'
               WHEN t.user_id = ANY(${room}.creators) OR ${level} >= 100 THEN 'owner'
               WHEN ${level} >= 50 THEN 'admin' ELSE 'member' END`;
}
