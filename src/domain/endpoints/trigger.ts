import type { DbClient } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { ClaimedRun, TriggerKind } from "../agents/index.ts";

/** All that an answer needs, as programs get it: by a claim, and in the body of a webhook. */
export interface Trigger {
  readonly runId: string;
  /** How often the run was taken up, this time included. */
  readonly attempt: number;
  /** To be sent along with whatever is done about the run. */
  readonly leaseToken: string;
  /** RFC 3339. */
  readonly leaseEndsAt: string;
  readonly kind: TriggerKind;
  /** The Matrix event that asks; null when no event does. */
  readonly eventId: string | null;
  /** The Matrix event that the thread began with, if it was asked in one. */
  readonly threadRoot: string | null;
  readonly channelId: string;
  readonly roomId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly agent: { readonly id: string; readonly name: string; readonly matrixId: string };
  readonly asker: { readonly matrixId: string; readonly name: string | null } | null;
  /** What was asked, as plain text. */
  readonly question: string | null;
  /** Where to post the answer, and what about. */
  readonly answer: {
    readonly path: string;
    readonly replyTo: string | null;
    readonly threadRoot: string | null;
  };
  /** Where the messages before the question are. */
  readonly contextPath: string;
}

export interface TriggerParts {
  readonly run: Omit<ClaimedRun, "prompt">;
  readonly question: string | null;
  readonly askerName: string | null;
  readonly leaseEndsAt: Date;
}

export function triggerOf({ run, question, askerName, leaseEndsAt }: TriggerParts): Trigger {
  const channelId = encodeId("c", run.channelId);
  const { asker, eventId, kind } = run.trigger;
  return {
    runId: run.runId,
    attempt: run.attempts,
    leaseToken: run.leaseToken,
    leaseEndsAt: leaseEndsAt.toISOString(),
    kind,
    eventId,
    threadRoot: run.threadRoot,
    channelId,
    roomId: run.roomId,
    microdaoId: encodeId("md", run.microdaoId),
    teamId: run.teamId,
    agent: { id: encodeId("ag", run.agentId), name: run.agentName, matrixId: run.agentMatrixId },
    asker: asker === null ? null : { matrixId: asker, name: askerName },
    question,
    answer: {
      path: `/v1/channels/${channelId}/messages`,
      replyTo: eventId,
      threadRoot: run.threadRoot,
    },
    contextPath: `/v1/runs/${run.runId}/context`,
  };
}

/** What people and agents with these Matrix ids are called. */
export async function findNames(
  db: DbClient,
  matrixIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (matrixIds.length === 0) return new Map();
  const rows = await db.$queryRawUnsafe<{ matrixId: string; name: string }[]>(
    `SELECT u.matrix_id AS "matrixId", u.display_name AS name
       FROM users u WHERE u.matrix_id = ANY($1::text[]) AND u.display_name IS NOT NULL
     UNION ALL
     SELECT a.matrix_id, a.name FROM agents a WHERE a.matrix_id = ANY($1::text[])`,
    matrixIds,
  );
  return new Map(rows.map(({ matrixId, name }) => [matrixId, name]));
}
