import { inOneRoom } from "./relations-store.ts";

/** What a poll has come to. */
export interface PollView {
  /** Whether votes may be shown before the end. */
  readonly disclosed: boolean;
  readonly maxSelections: number;
  readonly ended: boolean;
  /** Milliseconds since 1970. */
  readonly endedTs: number | null;
  /** How many people and agents have a vote that counts; null while it may not be shown. */
  readonly voters: number | null;
  readonly answers: readonly { readonly id: string; readonly text: string; readonly votes: number | null }[];
}

/** SQL: the level in an `m.room.power_levels`, if it is a number. */
function levelAt(object: string, key: string): string {
  return `CASE WHEN jsonb_typeof(${object} -> ${key}) = 'number' THEN (${object} ->> ${key})::numeric END`;
}

/**
 * SQL: whether `e`, an end of a poll, comes from somebody who could redact messages of others at that time. The room's
 * power levels are those with the greatest (`origin_server_ts`, `event_id`) that are not later than the end.
 */
const mayRedact = `EXISTS (
    SELECT 1 FROM matrix.rooms room
      LEFT JOIN LATERAL (
        SELECT s.content FROM matrix.state_events s
         WHERE s.room_id = e.room_id AND s.type = 'm.room.power_levels' AND s.state_key = ''
           AND s.origin_server_ts <= e.origin_server_ts
         ORDER BY s.origin_server_ts DESC, s.event_id COLLATE "C" DESC LIMIT 1) levels ON true
     WHERE room.room_id = e.room_id
       AND (e.sender = ANY (room.creators)
            OR COALESCE(${levelAt("levels.content -> 'users'", "e.sender")},
                        ${levelAt("levels.content", "'users_default'")}, 0)
               >= COALESCE(${levelAt("levels.content", "'redact'")}, 50)))`;

/**
 * SQL: the `PollView` of a row `m` that is shaped as `messages`, null for what is no poll. It is worked out from the
 * responses and ends that are stored, so it is the same in whatever order they came. The poll ends with the first end
 * of its sender, or of somebody who may redact; of everybody's responses up to then the last counts, cut to
 * `max_selections`; one that names an unknown answer counts for none. Source: MSC3381.
 */
export const pollColumn = `
  CASE WHEN m.kind = 'poll' AND jsonb_typeof(m.metadata #> '{poll,answers}') = 'array' THEN (
    WITH closing AS (
      SELECT min(e.origin_server_ts) AS ts FROM matrix.poll_events e
       WHERE e.poll_event_id = m.matrix_event_id AND e.channel_id = m.channel_id
         AND ${inOneRoom("e.room_id", "m.matrix_room_id")} AND e.type = 'end' AND NOT e.redacted
         AND (e.sender_id = COALESCE(m.sender_user_id, m.sender_agent_id) OR ${mayRedact})
    ), latest AS (
      SELECT DISTINCT ON (r.sender_id) r.sender_id, r.answers[1:(m.metadata #>> '{poll,max_selections}')::int] AS answers
        FROM matrix.poll_events r CROSS JOIN closing
       WHERE r.poll_event_id = m.matrix_event_id AND r.channel_id = m.channel_id
         AND ${inOneRoom("r.room_id", "m.matrix_room_id")} AND r.type = 'response' AND NOT r.redacted
         AND (closing.ts IS NULL OR r.origin_server_ts <= closing.ts)
       ORDER BY r.sender_id, r.origin_server_ts DESC, r.event_id COLLATE "C" DESC
    ), answer AS (
      SELECT a.value ->> 'id' AS id, a.value ->> 'text' AS text, a.place
        FROM jsonb_array_elements(m.metadata #> '{poll,answers}') WITH ORDINALITY AS a(value, place)
    ), counted AS (
      SELECT l.sender_id, l.answers FROM latest l
       WHERE cardinality(l.answers) > 0 AND l.answers <@ ARRAY(SELECT id FROM answer)
    ), shown AS (
      SELECT COALESCE((m.metadata #>> '{poll,disclosed}')::boolean, false) OR closing.ts IS NOT NULL AS votes FROM closing
    )
    SELECT jsonb_build_object(
      'disclosed', COALESCE((m.metadata #>> '{poll,disclosed}')::boolean, false),
      'maxSelections', (m.metadata #>> '{poll,max_selections}')::int,
      'ended', closing.ts IS NOT NULL, 'endedTs', closing.ts,
      'voters', CASE WHEN shown.votes THEN (SELECT count(*) FROM counted) END,
      'answers', (SELECT COALESCE(jsonb_agg(jsonb_build_object('id', a.id, 'text', a.text,
                           'votes', CASE WHEN shown.votes THEN
                             (SELECT count(*) FROM counted c WHERE a.id = ANY (c.answers)) END) ORDER BY a.place), '[]')
                    FROM answer a))
      FROM closing CROSS JOIN shown) END AS poll`;
