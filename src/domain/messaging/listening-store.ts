import { runParts, type StatementPart, type Tx } from "../../db/index.ts";

/**
 * Finds out anew whether messages that name no agent may concern one in these channels: because settings say so, or
 * because one person is alone with one agent. Whoever records messages looks no further where it is not so.
 */
export function listeningPart(channelIds: readonly string[]): StatementPart<number> {
  return {
    params: [channelIds],
    ctes: ($) => `
      heard AS MATERIALIZED (
        SELECT p.id, EXISTS (SELECT FROM agent_channel_settings s
                              WHERE s.channel_id = p.id
                                AND (s.on_name OR cardinality(s.keywords) > 0 OR cardinality(s.reaction_keys) > 0))
                     OR ((SELECT count(*) FROM (SELECT FROM channel_members m
                                                 WHERE m.channel_id = p.id AND m.member_user_id IS NOT NULL
                                                   AND m.membership = 'join' LIMIT 2) people) = 1
                         AND (SELECT count(*) FROM (SELECT FROM channel_members m
                                                      JOIN LATERAL (SELECT a.kind FROM agents a
                                                                     WHERE a.id = m.member_agent_id LIMIT 1) a ON true
                                                     WHERE m.channel_id = p.id AND m.member_agent_id IS NOT NULL
                                                       AND m.membership = 'join' AND a.kind <> 'system' LIMIT 2) agents) = 1)
                     AS heard
          FROM unnest(${$(0)}::uuid[]) AS p(id)
      ), listening AS (
        UPDATE channels c SET listened_to = h.heard FROM heard h
         WHERE c.id = h.id AND c.listened_to <> h.heard RETURNING c.id)`,
    result: () => "SELECT count(*)::int FROM listening",
  };
}

/** The same, at once: settings of the channel have changed. */
export async function refreshListening(tx: Tx, channelId: string): Promise<void> {
  await runParts(tx.db, { listening: listeningPart([channelId]) });
}
