import type { Tx } from "../../db/index.ts";

export interface MessageToMatch {
  readonly eventId: string;
  /** uuid */
  readonly channelId: string;
  readonly replyTo: string | null;
  readonly mentions: readonly string[];
  /** The word of `!word …`, folded. */
  readonly command: string | null;
  /** The Matrix id of whoever wrote it. */
  readonly sender: string;
  /** Whether it may concern an agent that it does not name. */
  readonly listenedTo: boolean;
}

export interface AddressRow {
  readonly eventId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly mentioned: boolean;
  readonly repliedTo: boolean;
  readonly commanded: boolean;
  readonly direct: boolean;
  readonly askerIsMember: boolean;
  readonly askerIsHere: boolean;
  readonly onMention: boolean;
  readonly onName: boolean;
  readonly onReply: boolean;
  readonly onDirect: boolean;
  readonly onCommand: boolean;
  readonly keywords: readonly string[];
  readonly who: "everybody" | "members";
  readonly answersAgents: boolean;
}

/**
 * Agents that may be meant by these messages, in the order of the messages: active ones that are in the channel. The
 * bridge's own bot is none. Nobody is asked in encrypted rooms and confidential teams: agents do not get what is said there.
 */
export async function selectAddresses(tx: Tx, messages: readonly MessageToMatch[]): Promise<AddressRow[]> {
  return tx.db.$queryRawUnsafe<AddressRow[]>(
    `WITH fact AS MATERIALIZED (
       SELECT f.*
         FROM ROWS FROM (jsonb_to_recordset($1::jsonb) AS (
                "eventId" text, "channelId" uuid, "replyTo" text, mentions text[], command text, sender text, "listenedTo" boolean)
              ) WITH ORDINALITY AS f(event_id, channel_id, reply_to, mentions, command, sender, listened, nth)
     ), place AS MATERIALIZED (
       SELECT p.channel_id, c.microdao_id, ${isDirect("p.channel_id")} AS direct
         FROM (SELECT DISTINCT channel_id FROM fact) p
         JOIN LATERAL (SELECT c.microdao_id, c.team_id, c.encrypted FROM channels c WHERE c.id = p.channel_id LIMIT 1) c ON true
        WHERE NOT c.encrypted
          AND NOT EXISTS (SELECT FROM matrix.rooms r WHERE r.channel_id = p.channel_id AND r.encrypted)
          AND NOT EXISTS (SELECT FROM teams t WHERE t.id = c.team_id AND t.mode = 'confidential')
     ), present AS MATERIALIZED (
       SELECT p.channel_id, p.microdao_id, p.direct, a.*, s.*
         FROM place p
         JOIN LATERAL (SELECT m.member_agent_id FROM channel_members m
                        WHERE m.channel_id = p.channel_id AND m.member_agent_id IS NOT NULL AND m.membership = 'join') m ON true
         JOIN LATERAL (SELECT a.id AS agent_id, a.name, a.matrix_id, lower(a.external_id) AS external_id,
                              COALESCE(a.config ->> 'answersAgents', b.config ->> 'answersAgents') = 'true' AS own_answers_agents
                         FROM agents a JOIN agent_blueprints b ON b.id = a.blueprint_id
                        WHERE a.id = m.member_agent_id AND a.status = 'active' AND a.kind <> 'system' LIMIT 1) a ON true
         LEFT JOIN LATERAL (SELECT s.on_mention, s.on_name, s.on_reply, s.on_direct, s.on_command, s.keywords, s.who,
                                   s.answers_agents
                              FROM agent_channel_settings s
                             WHERE s.agent_id = a.agent_id AND s.channel_id = p.channel_id LIMIT 1) s ON true
     )
     SELECT f.event_id AS "eventId", a.agent_id::text AS "agentId", a.name AS "agentName",
            f.named AS mentioned, f.answered AS "repliedTo", f.commanded, a.direct,
            EXISTS (SELECT FROM users u JOIN microdao_members m ON m.user_id = u.id AND m.microdao_id = a.microdao_id
                     WHERE u.matrix_id = f.sender) AS "askerIsMember",
            ${isHere("a.channel_id", "f.sender")} AS "askerIsHere",
            COALESCE(a.on_mention, true) AS "onMention", COALESCE(a.on_name, false) AS "onName",
            COALESCE(a.on_reply, true) AS "onReply", COALESCE(a.on_direct, true) AS "onDirect",
            COALESCE(a.on_command, true) AS "onCommand", COALESCE(a.keywords, '{}') AS keywords,
            COALESCE(a.who, 'everybody') AS who, COALESCE(a.answers_agents, a.own_answers_agents, false) AS "answersAgents"
       FROM present a
       JOIN LATERAL (
         SELECT f.*, a.matrix_id = ANY(f.mentions) AS named, COALESCE(a.external_id = 'agent:' || f.command, false) AS commanded,
                f.reply_to IS NOT NULL AND EXISTS (
                  SELECT FROM messages m WHERE m.matrix_event_id = f.reply_to AND m.channel_id = f.channel_id
                                           AND m.sender_agent_id = a.agent_id) AS answered
           FROM fact f WHERE f.channel_id = a.channel_id AND f.sender <> a.matrix_id) f ON true
      WHERE (f.named OR f.answered OR f.commanded
             OR f.listened AND (a.direct OR a.on_name OR cardinality(a.keywords) > 0))
        AND EXISTS (SELECT FROM messages m WHERE m.matrix_event_id = f.event_id AND m.redacted_at IS NULL)
      ORDER BY f.nth, a.agent_id`,
    JSON.stringify(messages),
  );
}

/**
 * SQL: whether somebody is in a channel. A homeserver may push what people say who are not: late, or when it accepts what
 * others refuse. As long as the room is being linked nobody knows yet who is in it.
 */
function isHere(channel: string, matrixId: string): string {
  const joined = `m.channel_id = ${channel} AND m.membership = 'join'`;
  return `(EXISTS (SELECT FROM users u JOIN channel_members m ON m.member_user_id = u.id AND ${joined} WHERE u.matrix_id = ${matrixId})
        OR EXISTS (SELECT FROM agents g JOIN channel_members m ON m.member_agent_id = g.id AND ${joined} WHERE g.matrix_id = ${matrixId})
        OR EXISTS (SELECT FROM matrix.rooms r WHERE r.channel_id = ${channel} AND r.status = 'joining'))`;
}

/** SQL: whether one person and one agent are in the channel, the bridge's own bot aside. */
function isDirect(channel: string): string {
  const count = (who: string) => `(SELECT count(*) FROM (
      SELECT FROM channel_members m ${who} AND m.channel_id = ${channel} AND m.membership = 'join' LIMIT 2) n)`;
  return `${count("WHERE m.member_user_id IS NOT NULL")} = 1 AND ${count(
    `JOIN LATERAL (SELECT a.kind FROM agents a WHERE a.id = m.member_agent_id LIMIT 1) a ON true
      WHERE m.member_agent_id IS NOT NULL AND a.kind <> 'system'`,
  )} = 1`;
}

export interface ReactingAgent {
  readonly agentId: string;
  /** The thread that the message with the reaction is in. */
  readonly threadRoot: string | null;
}

/** Agents that react to this key in the channel, if whoever reacted may ask them and the message still stands. */
export async function selectReacting(
  tx: Tx,
  reaction: {
    readonly channelId: string;
    readonly key: string;
    readonly targetEventId: string;
    readonly sender: string;
  },
): Promise<ReactingAgent[]> {
  return tx.db.$queryRawUnsafe<ReactingAgent[]>(
    `SELECT s.agent_id::text AS "agentId", m.thread_root_event_id AS "threadRoot"
       FROM agent_channel_settings s
       JOIN LATERAL (SELECT a.status, a.kind FROM agents a WHERE a.id = s.agent_id LIMIT 1) a ON true
       JOIN LATERAL (SELECT c.microdao_id, c.encrypted, t.mode FROM channels c LEFT JOIN teams t ON t.id = c.team_id
                      WHERE c.id = s.channel_id LIMIT 1) c ON true
       JOIN LATERAL (SELECT m.thread_root_event_id FROM messages m
                      WHERE m.matrix_event_id = $3 AND m.channel_id = s.channel_id AND m.redacted_at IS NULL LIMIT 1) m ON true
      WHERE s.channel_id = $1::uuid AND $2 = ANY(s.reaction_keys) AND a.status = 'active' AND a.kind <> 'system'
        AND NOT c.encrypted AND c.mode IS DISTINCT FROM 'confidential' AND ${isHere("s.channel_id", "$4")}
        AND EXISTS (SELECT FROM channel_members k WHERE k.channel_id = s.channel_id AND k.member_agent_id = s.agent_id
                                                    AND k.membership = 'join')
        AND (s.who = 'everybody' OR EXISTS (
              SELECT FROM users u JOIN microdao_members d ON d.user_id = u.id AND d.microdao_id = c.microdao_id
               WHERE u.matrix_id = $4))
      ORDER BY s.agent_id`,
    reaction.channelId,
    reaction.key,
    reaction.targetEventId,
    reaction.sender,
  );
}
