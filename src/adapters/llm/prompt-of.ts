import type { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { ModelMessage, ModelRequest } from "../../domain/agents/ports.ts";

type Provider = ReturnType<ReturnType<typeof createOpenAICompatible>["chatModel"]>;
type CallOptions = Parameters<Provider["doStream"]>[0];
type Prompt = CallOptions["prompt"];

/** A request as the SDK's providers take it. Only `system` becomes a system message. */
export function promptOf({
  system,
  messages,
  tools,
}: Pick<ModelRequest, "system" | "messages" | "tools">): Pick<CallOptions, "prompt" | "tools"> {
  const prompt: Prompt = [{ role: "system", content: system }, ...messages.map(messageOf)];
  if (tools.length === 0) return { prompt };
  return {
    prompt,
    tools: tools.map((tool) => ({ type: "function", ...tool, inputSchema: { ...tool.inputSchema } })),
  };
}

function messageOf(message: ModelMessage): Prompt[number] {
  switch (message.role) {
    case "user":
      return { role: "user", content: [{ type: "text", text: message.text }] };
    case "assistant":
      return {
        role: "assistant",
        content: [
          ...(message.text === "" ? [] : [{ type: "text" as const, text: message.text }]),
          ...(message.calls ?? []).map(({ callId, toolName, input }) => ({
            type: "tool-call" as const,
            toolCallId: callId,
            toolName,
            input: input ?? {},
          })),
        ],
      };
    case "tool":
      return {
        role: "tool",
        content: message.results.map(({ callId, toolName, result }) => ({
          type: "tool-result",
          toolCallId: callId,
          toolName,
          output: { type: "text", value: result },
        })),
      };
  }
}
