import { type Database, type Tx, transact } from "../../db/index.ts";
import { type Actor, bridgeActor } from "../../kernel/actor.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";
import type { Topic } from "../../kernel/events.ts";
import { encodeId, newId } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { postMessage } from "../messaging/index.ts";
import type { RespondPayload } from "./jobs.ts";
import type { LanguageModel, ReadQuestion, ShowTyping } from "./ports.ts";
import {
  type AskedAgent,
  countFailure,
  countRunsSince,
  endRun,
  insertRun,
  lockAskedAgent,
  type RunEnd,
  selectRun,
} from "./runs-store.ts";
import { ensureSession, touchSession } from "./sessions-store.ts";
import { type WholeAnswer, wholeAnswer } from "./whole-answer.ts";

export interface RespondDeps {
  readonly database: Database;
  readonly model: LanguageModel;
  readonly readQuestion: ReadQuestion;
  readonly showTyping: ShowTyping;
  /** Says that messages were committed and can be delivered. */
  readonly wakeEgress: () => void;
  readonly log: Log;
}

interface Run {
  readonly id: string;
  readonly sessionId: string;
  readonly failures: number;
  readonly agent: AskedAgent & { readonly matrixId: string };
  readonly actor: Actor;
}

/** More in one channel and minute is a loop between machines, not a talk. */
const answersPerMinute = 30;
const mostFailures = 3;

/**
 * An agent answers what it was asked: `started`, then `completed` with the message that it posted, or `failed`. Safe to
 * run twice and to be killed at any line: there is one run for an agent and an event, and its message is posted under
 * that event's idempotency key. Throws when the model is away for a moment, to be tried again.
 */
export async function respond(deps: RespondDeps, asked: RespondPayload): Promise<void> {
  const run = await transact(deps.database, bridgeActor, (tx) => startRun(tx, deps.model.name, asked));
  if (run === undefined) return;
  const stopTyping = deps.showTyping({ roomId: asked.roomId, matrixId: run.agent.matrixId });
  try {
    const text = await deps.readQuestion({ roomId: asked.roomId, eventId: asked.triggerEventId });
    const answer =
      text === undefined ? undefined : await wholeAnswer(deps.model, { text, agentName: run.agent.name });
    await transact(deps.database, run.actor, (tx) =>
      answer === undefined ? end(tx, run, asked, withdrawn) : say(tx, run, asked, answer),
    );
    deps.wakeEgress();
  } catch (error) {
    await fail(deps, run, asked, error);
  } finally {
    stopTyping();
  }
}

const withdrawn: RunEnd = { status: "failed", error: "question_withdrawn" };

/** Undefined when there is nothing to answer, or it has been answered. */
async function startRun(tx: Tx, model: string, asked: RespondPayload): Promise<Run | undefined> {
  const agent = await lockAskedAgent(tx, asked);
  if (agent?.matrixId == null || agent.askedByAgent) return undefined;
  const who = { agent: { ...agent, matrixId: agent.matrixId }, actor: actorOf(asked) };
  const known = await selectRun(tx.db, asked.agentId, asked.triggerEventId);
  if (known === undefined) return isStillWanted(agent) ? beginRun(tx, model, asked, who) : undefined;
  if (known.status !== "started") return undefined;
  const run: Run = { ...known, ...who };
  if (isStillWanted(agent)) return run;
  await end(tx, run, asked, withdrawn);
  return undefined;
}

/** Agents are suspended and questions redacted while answers are being thought about. */
function isStillWanted({ status, stillAsked }: AskedAgent): boolean {
  return status === "active" && stillAsked;
}

/** A new run; undefined when the agent has talked too much lately, and then that is written down. */
async function beginRun(
  tx: Tx,
  model: string,
  asked: RespondPayload,
  who: Pick<Run, "agent" | "actor">,
): Promise<Run | undefined> {
  const { agentId, channelId, triggerEventId, sender } = asked;
  const sessionId = await ensureSession(tx, agentId, channelId);
  const lately = await countRunsSince(tx, sessionId, new Date(tx.now.getTime() - 60_000));
  const run: Run = { ...who, id: newId("run", tx.now), sessionId, failures: 0 };
  const input = { channel_id: encodeId("c", channelId), trigger_event_id: triggerEventId, sender };
  await insertRun(tx, { id: run.id, agentId, sessionId, triggerEventId, model, input });
  tell(tx, run, asked, { topic: "agent.run.started" });
  if (lately < answersPerMinute) return run;
  await end(tx, run, asked, { status: "failed", error: "answer_limit_reached" });
  return undefined;
}

function actorOf({ agentId }: RespondPayload): Actor {
  return { id: encodeId("ag", agentId), kind: "agent" };
}

async function say(tx: Tx, run: Run, asked: RespondPayload, answer: WholeAnswer): Promise<void> {
  const posted = await postMessage(tx, {
    channelId: asked.channelId,
    agentId: asked.agentId,
    body: answer.body,
    replyTo: { eventId: asked.triggerEventId },
    idempotency: { scope: `agent:${asked.agentId}`, key: `respond:${asked.triggerEventId}` },
  });
  await touchSession(tx, run.sessionId);
  const output = { message_id: posted.messageId };
  await end(tx, run, asked, { status: "completed", output, usage: answer.usage });
}

/** A model that is away is asked again, three times in all; then, and for any other reason, the run has failed. */
async function fail(deps: RespondDeps, run: Run, asked: RespondPayload, error: unknown): Promise<void> {
  const failures = run.failures + 1;
  const passing = error instanceof AppError && error.kind === "unavailable";
  await transact(deps.database, run.actor, (tx) =>
    passing && failures < mostFailures
      ? countFailure(tx, run.id, failures)
      : end(tx, run, asked, { status: "failed", error: error instanceof AppError ? error.code : "bug" }),
  );
  if (passing && failures < mostFailures) throw error;
  deps.log.warn({ runId: run.id, reason: messageOf(error) }, "an agent could not answer");
}

async function end(tx: Tx, run: Run, asked: RespondPayload, ending: RunEnd): Promise<void> {
  if (!(await endRun(tx, run.id, ending))) return;
  const happening: Happening =
    ending.status === "completed"
      ? { topic: "agent.run.completed", more: ending.output }
      : { topic: "agent.run.failed", more: { error: ending.error } };
  tell(tx, run, asked, happening);
}

interface Happening {
  readonly topic: Topic;
  readonly more?: object;
}

function tell(tx: Tx, run: Run, asked: RespondPayload, { topic, more }: Happening): void {
  tx.emit({
    topic,
    key: run.id,
    at: tx.now,
    actor: run.actor,
    microdaoId: encodeId("md", run.agent.microdaoId),
    teamId: run.agent.teamId,
    payload: {
      run_id: run.id,
      agent_id: encodeId("ag", asked.agentId),
      channel_id: encodeId("c", asked.channelId),
      trigger_event_id: asked.triggerEventId,
      ...more,
    },
  });
}
