import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What was asked of the fake model, as OpenAI's chat completions have it. */
export interface AskedOfModel {
  readonly authorization: string | undefined;
  readonly path: string;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content?: unknown }[];
    readonly tools?: readonly { readonly function: { readonly name: string } }[];
  };
}

export type AnswerOfModel = (response: ServerResponse, asked: AskedOfModel) => Promise<void> | void;

export interface FakeModel {
  /** What `LLM_BASE_URL` is set to. */
  readonly baseUrl: string;
  readonly asked: AskedOfModel[];
  /** How the next requests are answered. */
  answer: AnswerOfModel;
  stop(): Promise<void>;
}

/** A server that speaks OpenAI's streamed chat completions, as well or as badly as it is told to. */
export async function startFakeModel(answer: AnswerOfModel = says(["Hello."])): Promise<FakeModel> {
  const server = createServer((request, response) => {
    void reply(request, response);
  });
  const reply = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await json(request)) as AskedOfModel["body"];
    const asked = { authorization: request.headers.authorization, path: request.url ?? "", body };
    made.asked.push(asked);
    await made.answer(response, asked);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const made: FakeModel = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    answer,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return made;
}

/** Begins an answer. */
export function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
}

/** One piece of an answer. */
export function sendChunk(response: ServerResponse, chunk: object): void {
  response.write(`data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", ...chunk })}\n\n`);
}

export function sendText(response: ServerResponse, content: string): void {
  sendChunk(response, { choices: [{ index: 0, delta: { content } }] });
}

/** The end of an answer, with the tokens that were used. */
export function sendEnd(response: ServerResponse, reason = "stop"): void {
  sendChunk(response, { choices: [{ index: 0, delta: {}, finish_reason: reason }] });
  sendChunk(response, { choices: [], usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 } });
  response.end("data: [DONE]\n\n");
}

/** Says these pieces, with a pause between them. */
export function says(deltas: readonly string[], pauseMs = 0): AnswerOfModel {
  return async (response) => {
    openStream(response);
    for (const delta of deltas) {
      sendText(response, delta);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    sendEnd(response);
  };
}

/** Says something first, perhaps, and calls tools. */
export function calls(
  tools: readonly { readonly name: string; readonly input: unknown }[],
  text = "",
): AnswerOfModel {
  return (response) => {
    openStream(response);
    if (text !== "") sendText(response, text);
    tools.forEach(({ name, input }, index) => {
      const args = typeof input === "string" ? input : JSON.stringify(input);
      const call = { index, id: `call_${index}`, type: "function", function: { name, arguments: args } };
      sendChunk(response, { choices: [{ index: 0, delta: { tool_calls: [call] } }] });
    });
    sendEnd(response, "tool_calls");
  };
}

/** One answer after the other; the last for ever. */
export function inTurn(...answers: readonly AnswerOfModel[]): AnswerOfModel {
  let turn = 0;
  return (response, asked) => {
    const answer = answers[Math.min(turn, answers.length - 1)];
    turn += 1;
    return answer?.(response, asked);
  };
}
