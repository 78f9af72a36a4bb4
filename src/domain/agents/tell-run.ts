import { attempt, type Tx } from "../../db/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { Topic } from "../../kernel/events.ts";
import { encodeId } from "../../kernel/ids.ts";
import { type Idempotency, postMessage } from "../messaging/index.ts";

/** A run, as far as it is told of. Ids of agent and channel are uuids. */
export interface ToldRun {
  readonly id: string;
  readonly agentId: string;
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly triggerEventId: string | null;
}

export function agentActor(agentId: string): Actor {
  return { id: encodeId("ag", agentId), kind: "agent" };
}

/** Tells others what became of a run. */
export function tellRun(
  tx: Tx,
  run: ToldRun,
  topic: Extract<Topic, `agent.run.${string}`>,
  more: object = {},
): void {
  tx.emit({
    topic,
    key: run.id,
    at: tx.now,
    actor: agentActor(run.agentId),
    microdaoId: encodeId("md", run.microdaoId),
    teamId: run.teamId,
    payload: {
      run_id: run.id,
      agent_id: encodeId("ag", run.agentId),
      channel_id: encodeId("c", run.channelId),
      trigger_event_id: run.triggerEventId,
      ...more,
    },
  });
}

interface Failure extends ToldRun {
  readonly asker: string | null;
  readonly threadRoot: string | null;
  readonly hop: number;
}

/**
 * Says in the room that a run failed, if a person is waiting: one notice, as the agent, in reply to what was asked. An
 * agent that cannot speak there stays silent.
 */
export async function sayFailure(tx: Tx, run: Failure, sentence: string): Promise<void> {
  if (run.asker === null || run.hop > 0) return;
  await attempt(tx, (inner) =>
    postMessage(inner, {
      channelId: run.channelId,
      agentId: run.agentId,
      body: { text: sentence },
      msgtype: "m.notice",
      ...(run.triggerEventId !== null && { replyTo: { eventId: run.triggerEventId } }),
      ...(run.threadRoot !== null && { threadRoot: { eventId: run.threadRoot } }),
      idempotency: { scope: `agent:${run.agentId}`, key: `failed:${run.id}` },
    }),
  );
}

/** What makes the message that answers a run one message, however often the run is taken up. The agent's id is a uuid. */
export function answerKeyOf({
  runId,
  agentId,
}: {
  readonly runId: string;
  readonly agentId: string;
}): Idempotency {
  return { scope: `agent:${agentId}`, key: `run:${runId}` };
}
