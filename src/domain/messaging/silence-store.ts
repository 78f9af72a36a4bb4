import type { DbClient, Tx } from "../../db/index.ts";
import { describingTypes } from "./kept-state.ts";

/** Channels of confidential teams that still hold words: from before they became one's. */
export async function selectTalkingConfidential(db: DbClient): Promise<string[]> {
  const rows = await db.$queryRawUnsafe<{ id: string }[]>(
    `SELECT c.id::text AS id FROM channels c JOIN teams t ON t.id = c.team_id
      WHERE t.mode = 'confidential'
        AND (c.topic IS NOT NULL OR c.avatar_url IS NOT NULL OR c.name <> COALESCE(c.canonical_alias, c.slug)
             OR EXISTS (SELECT FROM messages m WHERE m.channel_id = c.id
                           AND (m.content_preview <> '' OR m.metadata IS NOT NULL OR m.original ->> 'preview' <> ''
                                OR m.original -> 'metadata' <> 'null'))
             OR EXISTS (SELECT FROM matrix.edits e WHERE e.channel_id = c.id AND (e.preview <> '' OR e.metadata IS NOT NULL))
             OR EXISTS (SELECT FROM matrix.reactions x WHERE x.channel_id = c.id AND x.key <> ''))
      ORDER BY c.id`,
  );
  return rows.map(({ id }) => id);
}

/** Takes away what people called a channel and its rooms; the address and the slug remain. */
export async function clearDescriptions(tx: Tx, channelId: string): Promise<void> {
  await tx.db.$executeRawUnsafe(
    `UPDATE matrix.state_events SET content = '{}'
      WHERE room_id = ANY(ARRAY(SELECT room_id FROM matrix.rooms WHERE channel_id = $1::uuid))
        AND type = ANY($2::text[]) AND content <> '{}'`,
    channelId,
    describingTypes,
  );
  await tx.db.$executeRawUnsafe(
    `UPDATE channels SET name = COALESCE(canonical_alias, slug), topic = NULL, avatar_url = NULL WHERE id = $1::uuid`,
    channelId,
  );
}
