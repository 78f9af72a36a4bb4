import type { StatementPart, Tx } from "../../db/index.ts";
import type { CurrentState, RoomDescription, RoomPowers } from "./describe-room.ts";
import { type InsertedEvents, insertedEvents } from "./members-store.ts";

export interface StateEventRow {
  readonly event_id: string;
  readonly room_id: string;
  readonly type: string;
  readonly state_key: string;
  readonly sender: string;
  readonly ts: number;
  readonly content: object;
  readonly redacted: boolean;
}

/** Writes state events. */
export function stateEventsPart(rows: readonly StateEventRow[]): StatementPart<InsertedEvents> {
  return {
    params: [JSON.stringify(rows)],
    ctes: ($) => `
      new_state_event AS (
        INSERT INTO matrix.state_events (event_id, room_id, type, state_key, sender, origin_server_ts, content, redacted)
        SELECT f.event_id, f.room_id, f.type, f.state_key, f.sender, f.ts, f.content, f.redacted
          FROM json_to_recordset(${$(0)}::json)
            AS f(event_id text, room_id text, type text, state_key text, sender text, ts bigint, content jsonb,
                 redacted boolean)
        ON CONFLICT DO NOTHING
        RETURNING event_id
      )`,
    result: () => insertedEvents("new_state_event"),
  };
}

export interface RoomState {
  readonly roomId: string;
  readonly state: readonly CurrentState[];
  /** Whether encryption was ever turned on; it cannot be turned off. */
  readonly encryptedEver: boolean;
}

/**
 * The current state of rooms: of each type the latest event with an empty key, by (`origin_server_ts`, `event_id`), that
 * the homeserver has not overruled.
 * Other keys say nothing of the channel, and of some types a room may have thousands.
 */
export async function readRoomState(tx: Tx, roomIds: readonly string[]): Promise<RoomState[]> {
  return tx.db.$queryRawUnsafe<RoomState[]>(
    `SELECT s.room_id AS "roomId",
            json_agg(json_build_object('type', s.type, 'stateKey', s.state_key, 'sender', s.sender, 'content', s.content,
                                       'redacted', s.redacted)) AS state,
            bool_or(s.type = 'm.room.encryption') AS "encryptedEver"
       FROM (SELECT DISTINCT ON (e.room_id, e.type) e.*
               FROM matrix.state_events e WHERE e.room_id = ANY($1::text[]) AND e.state_key = '' AND NOT e.overruled
              ORDER BY e.room_id, e.type, e.origin_server_ts DESC, e.event_id COLLATE "C" DESC) s
      GROUP BY s.room_id`,
    roomIds,
  );
}

export interface DescribedRoom {
  readonly roomId: string;
  readonly channelId: string;
  readonly current: boolean;
  readonly encrypted: boolean;
  readonly description: RoomDescription;
  readonly powers: RoomPowers;
}

/** Writes what rooms' state says. Gives the rooms whose powers changed and the channels that changed. */
export async function writeDescriptions(
  tx: Tx,
  rooms: readonly DescribedRoom[],
): Promise<{ powers: string[]; channels: string[] }> {
  const [changed] = await tx.db.$queryRawUnsafe<{ powers: string[]; channels: string[] }[]>(
    `WITH wanted AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::jsonb)
         AS w("roomId" text, "channelId" uuid, current boolean, encrypted boolean, description jsonb, powers jsonb)
     ), power AS (
       UPDATE matrix.rooms r
          SET creators = p.creators, power_users = p.users, power_default = p.users_default,
              encrypted = r.encrypted OR w.encrypted
         FROM wanted w
        CROSS JOIN LATERAL (SELECT ARRAY(SELECT jsonb_array_elements_text(w.powers -> 'creators')) AS creators,
                                   w.powers -> 'users' AS users, (w.powers ->> 'usersDefault')::int AS users_default) p
        WHERE r.room_id = w."roomId"
          AND (r.creators, r.power_users, r.power_default, r.encrypted)
              IS DISTINCT FROM (p.creators, p.users, p.users_default, r.encrypted OR w.encrypted)
       RETURNING r.room_id
     ), channel AS (
       UPDATE channels c
          SET (name, topic, avatar_url, canonical_alias, join_rule, history_visibility, room_version, room_type, visibility,
               encrypted)
            = (COALESCE(w.description ->> 'name', w.description ->> 'canonicalAlias', c.slug),
               w.description ->> 'topic', w.description ->> 'avatarUrl', w.description ->> 'canonicalAlias',
               w.description ->> 'joinRule', w.description ->> 'historyVisibility', w.description ->> 'roomVersion',
               w.description ->> 'roomType', w.description ->> 'visibility', c.encrypted OR w.encrypted)
         FROM wanted w
        WHERE c.id = w."channelId" AND w.current
          AND (c.name, c.topic, c.avatar_url, c.canonical_alias, c.join_rule, c.history_visibility, c.room_version,
               c.room_type, c.visibility, c.encrypted)
              IS DISTINCT FROM
              (COALESCE(w.description ->> 'name', w.description ->> 'canonicalAlias', c.slug),
               w.description ->> 'topic', w.description ->> 'avatarUrl', w.description ->> 'canonicalAlias',
               w.description ->> 'joinRule', w.description ->> 'historyVisibility', w.description ->> 'roomVersion',
               w.description ->> 'roomType', w.description ->> 'visibility', c.encrypted OR w.encrypted)
       RETURNING c.id
     )
     SELECT (SELECT COALESCE(array_agg(room_id), '{}') FROM power) AS powers,
            (SELECT COALESCE(array_agg(id::text), '{}') FROM channel) AS channels`,
    JSON.stringify(rooms),
  );
  return changed ?? { powers: [], channels: [] };
}
