import type { DbClient, Tx } from "../../db/index.ts";

/** What an agent reacts to in a channel. */
export interface ChannelSettings {
  readonly onMention: boolean;
  readonly onName: boolean;
  readonly onReply: boolean;
  readonly onDirect: boolean;
  readonly onCommand: boolean;
  readonly keywords: readonly string[];
  readonly reactionKeys: readonly string[];
  readonly who: "everybody" | "members";
  /** Null: as the agent is configured. */
  readonly answersAgents: boolean | null;
}

export async function selectSettings(
  db: DbClient,
  agentId: string,
  channelId: string,
): Promise<ChannelSettings | undefined> {
  const rows = await db.$queryRawUnsafe<ChannelSettings[]>(
    `SELECT on_mention AS "onMention", on_name AS "onName", on_reply AS "onReply", on_direct AS "onDirect",
            on_command AS "onCommand", keywords, reaction_keys AS "reactionKeys", who, answers_agents AS "answersAgents"
       FROM agent_channel_settings WHERE agent_id = $1::uuid AND channel_id = $2::uuid`,
    agentId,
    channelId,
  );
  return rows[0];
}

export async function upsertSettings(
  tx: Tx,
  agentId: string,
  channelId: string,
  settings: ChannelSettings,
): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `INSERT INTO agent_channel_settings (agent_id, channel_id, on_mention, on_name, on_reply, on_direct, on_command,
                                         keywords, reaction_keys, who, answers_agents, created_at, updated_at)
     VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8::text[], $9::text[], $10, $11, $12, $12)
     ON CONFLICT (agent_id, channel_id) DO UPDATE
        SET on_mention = excluded.on_mention, on_name = excluded.on_name, on_reply = excluded.on_reply,
            on_direct = excluded.on_direct, on_command = excluded.on_command, keywords = excluded.keywords,
            reaction_keys = excluded.reaction_keys, who = excluded.who, answers_agents = excluded.answers_agents,
            updated_at = excluded.updated_at`,
    agentId,
    channelId,
    settings.onMention,
    settings.onName,
    settings.onReply,
    settings.onDirect,
    settings.onCommand,
    settings.keywords,
    settings.reactionKeys,
    settings.who,
    settings.answersAgents,
    tx.now,
  );
}

/** False when there were none. */
export async function deleteSettings(tx: Tx, agentId: string, channelId: string): Promise<boolean> {
  const deleted = await tx.db.$executeRawUnsafe(
    `DELETE FROM agent_channel_settings WHERE agent_id = $1::uuid AND channel_id = $2::uuid`,
    agentId,
    channelId,
  );
  return deleted > 0;
}

/** Whether an agent can be asked in a channel; undefined when one of them is not there. */
export async function selectPresence(
  db: DbClient,
  agentId: string,
  channelId: string,
): Promise<{ readonly active: boolean; readonly joined: boolean; readonly silent: boolean } | undefined> {
  const rows = await db.$queryRawUnsafe<{ active: boolean; joined: boolean; silent: boolean }[]>(
    `SELECT a.status = 'active' AND a.kind <> 'system' AS active,
            EXISTS (SELECT FROM channel_members m WHERE m.channel_id = c.id AND m.member_agent_id = a.id
                                                    AND m.membership = 'join') AS joined,
            c.encrypted OR COALESCE(t.mode = 'confidential', false) AS silent
       FROM agents a, channels c LEFT JOIN teams t ON t.id = c.team_id
      WHERE a.id = $1::uuid AND c.id = $2::uuid`,
    agentId,
    channelId,
  );
  return rows[0];
}
