import type { DbClient } from "../../db/index.ts";
import { transact } from "../../db/index.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import {
  type AgentRuntime,
  type ClaimedRun,
  judgeFailure,
  type ModelMessage,
  mostAttempts,
  type Question,
  type RunOutcome,
  type ShowTyping,
} from "../agents/index.ts";
import { type Agent, findAgent, requireAgent } from "../governance/index.ts";
import type { Calling } from "./calling.ts";
import { frameTalk } from "./frame-talk.ts";
import { chooseModel, type ModelSources } from "./language-models.ts";
import type { FetchPage, ReadTalk, Talk } from "./ports.ts";
import { agentActorOf, agentPrincipal, personPrincipal } from "./rights.ts";
import { selectNames, selectSurroundings } from "./setting-store.ts";
import { openSpeech, type Speech, type SpeechDeps } from "./speech.ts";
import { systemPrompt } from "./system-prompt.ts";
import { type Thought, think } from "./think.ts";
import { clearCalls, selectRunStatus, selectUsed } from "./tool-calls-store.ts";
import { toolsOf, traceOf } from "./toolbox.ts";

export interface RuntimeDeps extends SpeechDeps {
  readonly models: ModelSources;
  readonly readTalk: ReadTalk;
  readonly showTyping: ShowTyping;
  readonly fetchPage: FetchPage;
  /** How much of a talk a model is shown, in tokens. */
  readonly contextTokens: number;
  readonly log: Log;
}

/**
 * The runtime of the bridge: shows that the agent writes, reads the talk from Matrix, asks the model, does what its tools
 * are called for, and says the answer while it comes. A run that is taken up again goes on with the same message; calls of
 * tools that were done are not done again.
 */
export function builtinRuntime(deps: RuntimeDeps): AgentRuntime {
  return {
    async run(run, signal) {
      const stopTyping = deps.showTyping({ roomId: run.roomId, matrixId: run.agentMatrixId });
      try {
        return await answer(deps, run, signal);
      } finally {
        stopTyping();
      }
    },
  };
}

async function answer(deps: RuntimeDeps, run: ClaimedRun, stop: AbortSignal): Promise<RunOutcome> {
  const { db } = deps.database;
  const [agent, place] = await Promise.all([
    requireAgent(db, run.agentId),
    selectSurroundings(db, run.channelId),
  ]);
  // Before anything is read: of such a channel no word comes as far as here.
  if (place === undefined || place.silent) return { is: "withdrawn", code: "channel_encrypted" };
  const talk = await talkOf(deps, run);
  if (talk === undefined) return { is: "withdrawn", code: "question_withdrawn" };
  const [model, rights, messages] = await Promise.all([
    chooseModel(db, deps.models, run),
    rightsOf(db, run, agent),
    messagesOf(deps, run, talk),
  ]);
  const speech = openSpeech(deps, run, model);
  const signal = AbortSignal.any([stop, speech.hushed]);
  try {
    const tools = toolsOf(agent);
    const thought = await think({
      model,
      speech,
      calling: { ...deps, ...rights, run, tools, signal },
      system: systemPrompt({
        ...place,
        agentName: agent.name,
        instructions: agent.config.systemPrompt,
        toolNames: [...tools.keys()],
        now: deps.database.clock.now(),
      }),
      messages,
      question: questionOf(run, talk),
      settings: { maxOutputTokens: agent.config.maxTokens, temperature: agent.config.temperature },
    });
    await speech.rest();
    return outcomeOf(run, thought, { speech, toolNames: [...tools.keys()] });
  } catch (error) {
    await speech.rest();
    if (speech.hushed.aborted) return { is: "withdrawn", code: "answer_deleted" };
    if (stop.aborted) await sayStopped(deps, run, speech);
    stop.throwIfAborted();
    return failed(deps, run, { error, speech });
  }
}

/** What is asked when no event says it stands alone. */
function talkOf({ readTalk }: RuntimeDeps, run: ClaimedRun): Promise<Talk | undefined> {
  const { trigger, prompt, roomId, threadRoot, agentMatrixId: reader } = run;
  if (trigger.eventId !== null) return readTalk({ roomId, eventId: trigger.eventId, threadRoot, reader });
  const question = { eventId: "", sender: trigger.asker ?? "the bridge", text: prompt ?? "" };
  return Promise.resolve(prompt === null ? undefined : { question, before: [] });
}

/** A reaction or a schedule adds words of its own to what is asked. */
function questionOf({ agentName }: ClaimedRun, { question }: Talk): Question {
  return { text: question.text, agentName };
}

async function messagesOf(
  { database: { db }, contextTokens }: RuntimeDeps,
  { channelId, agentMatrixId }: ClaimedRun,
  talk: Talk,
): Promise<ModelMessage[]> {
  const senders = [...new Set([talk.question, ...talk.before].map(({ sender }) => sender))];
  const names = await selectNames(db, channelId, senders);
  return frameTalk(talk, { agent: agentMatrixId, names, tokens: contextTokens });
}

/** Whose rights count when a tool is used. */
async function rightsOf(
  db: DbClient,
  { trigger: { asker } }: ClaimedRun,
  agent: Agent,
): Promise<Pick<Calling, "agent" | "asker" | "askerUnknown">> {
  const capabilities = capabilitiesOf(agent);
  const mine = agentPrincipal(agent, capabilities);
  if (asker === null) return { agent: mine, asker: undefined, askerUnknown: false };
  // An agent that asks another one gets no tool that it has not itself.
  const other = await findAgent(db, asker);
  const theirs =
    other === undefined
      ? await personPrincipal(db, asker, capabilities)
      : agentPrincipal(other, capabilitiesOf(other));
  return { agent: mine, asker: theirs, askerUnknown: theirs === undefined };
}

function capabilitiesOf(agent: Agent): string[] {
  return [...toolsOf(agent).values()].map(({ tool }) => tool.capability);
}

function outcomeOf(
  run: ClaimedRun,
  thought: Thought,
  { speech, toolNames }: { readonly speech: Speech; readonly toolNames: readonly string[] },
): RunOutcome {
  if ("waitingUntil" in thought) return { is: "waiting", until: thought.waitingUntil };
  const { text, usage, used } = thought;
  const whole = used.length === 0 ? text : `${text}\n\n*used: ${traceOf(used)}*`;
  return {
    is: "completed",
    usage,
    ...(used.length > 0 && { output: { tools: used } }),
    async say(tx) {
      await clearCalls(tx, run.runId);
      return speech.finish(tx, whole, used.length === 0 ? [] : await selectUsed(tx.db, run.runId, toolNames));
    },
  };
}

/** When nothing is tried again, half an answer does not stay as if it were whole. */
function failed(
  { log }: RuntimeDeps,
  run: ClaimedRun,
  { error, speech }: { readonly error: unknown; readonly speech: Speech },
): RunOutcome {
  if (!(error instanceof AppError) || error.kind === "bug") {
    log.error({ runId: run.runId, reason: messageOf(error) }, "an agent met a bug");
  } else {
    log.warn({ runId: run.runId, code: error.code, ...loggable(error.details) }, "an agent could not answer");
  }
  const judgement = judgeFailure(error);
  return {
    is: "failed",
    ...judgement,
    async say(tx) {
      if (judgement.retry && run.attempts < mostAttempts) return undefined;
      await clearCalls(tx, run.runId);
      await speech.breakOff(tx, "failed");
      return undefined;
    },
  };
}

/** Details of errors of models are made for the log: no key, no prompt and no answer is in them. */
function loggable(details: object): Record<string, unknown> {
  return {
    reason: "reason" in details ? details.reason : undefined,
    status: "status" in details ? details.status : undefined,
  };
}

/** Whoever stopped the run sees that the answer ends there. A run that was only lost goes on elsewhere. */
async function sayStopped(
  { database, wakeEgress }: RuntimeDeps,
  run: ClaimedRun,
  speech: Speech,
): Promise<void> {
  if ((await selectRunStatus(database.db, run.runId)) !== "cancelled") return;
  await transact(database, agentActorOf(run), async (tx) => {
    await clearCalls(tx, run.runId);
    await speech.breakOff(tx, "cancelled");
  });
  wakeEgress();
}
