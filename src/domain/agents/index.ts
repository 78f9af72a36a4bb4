/**
 * Agents at work: who was spoken to, what they answered, and the sessions in which they take part.
 * Always true: an agent answers an event at most once, and never another agent.
 */
export { type RespondPayload, respondJob } from "./jobs.ts";
export type {
  FinishReason,
  LanguageModel,
  ModelMessage,
  ModelPart,
  ModelPrices,
  ModelRequest,
  ModelUsage,
  Question,
  ReadQuestion,
  ShowTyping,
  ToolCall,
  ToolResult,
  ToolSpec,
} from "./ports.ts";
export { type RespondDeps, respond } from "./respond.ts";
