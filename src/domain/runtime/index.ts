/**
 * The runtime of the bridge: how an agent comes to its answer, the models that it asks and the tools that it uses.
 * Always true: what people say never becomes rules, a tool does no more than both the agent and its asker may do, what was
 * read to answer is not stored, and what was noted or remembered on the way goes with the question.
 */
export { builtinRuntime, type RuntimeDeps } from "./builtin-runtime.ts";
export { decideCall, type Verdict } from "./decide-call.ts";
export { agentTraces, forgetWithdrawn } from "./forget-runs.ts";
export {
  chooseModel,
  defaultModel,
  listModels,
  type ModelSources,
  type ModelToSet,
  type ModelView,
  offlineModel,
  removeModel,
  setModel,
} from "./language-models.ts";
export type { FetchedPage, FetchPage, ModelEndpoint, OpenModel, ReadTalk, Talk, Utterance } from "./ports.ts";
export { clearEndedCalls } from "./tool-calls-store.ts";
