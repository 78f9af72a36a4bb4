/** A run that agents were asked for. */
export interface AskedRun {
  readonly agentId: string;
  readonly channelId: string;
  readonly kind: string;
  readonly key: string;
  readonly eventId: string | null;
  readonly asker: string | null;
  readonly threadRoot: string | null;
  readonly hop: number;
  readonly status: string;
}

/** The runs that were asked for and not taken yet; takes them. */
export async function takeRuns(world: { rows<R>(sql: string): Promise<R[]> }): Promise<AskedRun[]> {
  return world.rows<AskedRun>(
    `WITH taken AS (DELETE FROM agent_runs RETURNING *)
     SELECT agent_id::text AS "agentId", channel_id::text AS "channelId", trigger_kind AS kind, trigger_key AS key,
            trigger_event_id AS "eventId", asker, thread_root AS "threadRoot", hop, status FROM taken ORDER BY seq`,
  );
}
