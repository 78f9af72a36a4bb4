import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAiCompatible } from "../../src/adapters/llm/openai-compatible.ts";
import type { Patience } from "../../src/adapters/llm/patience.ts";
import type { ModelPart, ModelRequest } from "../../src/domain/agents/index.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { AppError } from "../../src/kernel/errors.ts";
import {
  type AnswerOfModel,
  calls,
  type FakeModel,
  openStream,
  says,
  sendEnd,
  sendText,
  startFakeModel,
} from "../support/fake-model.ts";

let fake: FakeModel;

beforeAll(async () => {
  fake = await startFakeModel();
});
afterAll(() => fake.stop());

const apiKey = "sk-very-secret-1234567890";
const impatient: Patience = { firstMs: 150, betweenMs: 150, wholeMs: 2_000 };
const question = { text: "What is due?", agentName: "Sofia" };
const asking: ModelRequest = {
  system: "You are Sofia.",
  messages: [{ role: "user", text: "What is due?" }],
  tools: [],
  question,
  signal: new AbortController().signal,
};

function modelOf(patience?: Patience) {
  return openAiCompatible({ baseUrl: fake.baseUrl, apiKey, model: "test-1", patience, clock: systemClock });
}

async function ask(
  answer: AnswerOfModel,
  more: Partial<ModelRequest> = {},
  patience?: Patience,
): Promise<ModelPart[]> {
  fake.answer = answer;
  const parts: ModelPart[] = [];
  for await (const part of modelOf(patience).stream({ ...asking, ...more })) parts.push(part);
  return parts;
}

async function failureOf(answer: AnswerOfModel, patience?: Patience): Promise<AppError> {
  const error: unknown = await ask(answer, {}, patience).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw error;
  return error;
}

/** An error of the provider, as OpenAI words it. */
function refuses(status: number, error: object, headers: Record<string, string> = {}): AnswerOfModel {
  return (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error }));
  };
}

function broken(work: (response: ServerResponse) => void): AnswerOfModel {
  return (response) => {
    openStream(response);
    sendText(response, "Half of an ans");
    work(response);
  };
}

describe("a model behind an OpenAI-compatible endpoint", () => {
  it("says its answer bit by bit, with the tokens that it used", async () => {
    expect(await ask(says(["Hel", "", "lo."]))).toEqual([
      { type: "text", delta: "Hel" },
      { type: "text", delta: "lo." },
      { type: "finish", reason: "stop", usage: { inputTokens: 11, outputTokens: 7 } },
    ]);
    const [asked] = fake.asked.slice(-1);
    expect(asked).toMatchObject({
      path: "/v1/chat/completions",
      authorization: `Bearer ${apiKey}`,
      body: {
        model: "test-1",
        messages: [
          { role: "system", content: "You are Sofia." },
          { role: "user", content: "What is due?" },
        ],
      },
    });
  });

  it("gives each piece when it comes, not when all has come", async () => {
    let goOn = () => {};
    const more = new Promise<void>((resolve) => (goOn = resolve));
    fake.answer = async (response) => {
      openStream(response);
      sendText(response, "first");
      await more;
      sendEnd(response);
    };
    const stream = modelOf().stream(asking)[Symbol.asyncIterator]();
    expect((await stream.next()).value).toEqual({ type: "text", delta: "first" });
    goOn();
    expect((await stream.next()).value).toMatchObject({ type: "finish" });
  });

  it("calls tools, and is given their results", async () => {
    const tools = [
      { name: "recall", description: "Looks it up", inputSchema: { type: "object", properties: {} } },
    ];
    const parts = await ask(calls([{ name: "recall", input: { query: "due" } }], "Let me see. "), { tools });
    expect(parts).toEqual([
      { type: "text", delta: "Let me see. " },
      { type: "tool-call", callId: "call_0", toolName: "recall", input: { query: "due" } },
      { type: "finish", reason: "tool-calls", usage: { inputTokens: 11, outputTokens: 7 } },
    ]);
    const call = { callId: "call_0", toolName: "recall", input: { query: "due" } };
    await ask(says(["Nothing."]), {
      tools,
      messages: [
        { role: "user", text: "What is due?" },
        { role: "assistant", text: "", calls: [call] },
        { role: "tool", results: [{ callId: "call_0", toolName: "recall", result: "nothing" }] },
      ],
    });
    expect(fake.asked.at(-1)?.body.messages.slice(2)).toMatchObject([
      {
        role: "assistant",
        tool_calls: [{ id: "call_0", function: { name: "recall", arguments: '{"query":"due"}' } }],
      },
      { role: "tool", tool_call_id: "call_0", content: "nothing" },
    ]);
  });

  it("input of a tool that is no JSON is passed on as nothing, to be refused by whoever checks it", async () => {
    const parts = await ask(calls([{ name: "recall", input: '{"query":' }]));
    expect(parts[0]).toMatchObject({ type: "tool-call", input: undefined });
  });

  it.each<[string, AnswerOfModel, string]>([
    [
      "a key that is not accepted",
      refuses(401, { message: `Incorrect API key provided: ${apiKey}` }),
      "model_key_refused",
    ],
    ["a model that is not known", refuses(404, { message: "The model `x` does not exist" }), "model_unknown"],
    ["a filter", refuses(400, { code: "content_filter", message: "filtered" }), "model_content_filter"],
    [
      "too long a question",
      refuses(400, { code: "context_length_exceeded", message: "too long" }),
      "model_context_too_long",
    ],
    ["money that has run out", refuses(429, { code: "insufficient_quota", message: "pay" }), "model_unpaid"],
    ["anything else that is refused", refuses(422, { message: "no" }), "model_refused"],
    [
      "an answer that is filtered",
      (response) => {
        openStream(response);
        sendText(response, "I ");
        sendEnd(response, "content_filter");
      },
      "model_content_filter",
    ],
  ])("%s is a failure for good", async (_what, answer, code) => {
    const error = await failureOf(answer);
    expect(error).toMatchObject({ code, kind: "conflict" });
    expect(JSON.stringify([error, error.message, error.details, error.cause])).not.toContain("secret");
  });

  it.each<[string, AnswerOfModel]>([
    [
      "an error page",
      (response) => void response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad</h1>"),
    ],
    [
      "a page instead of a stream",
      (response) => void response.writeHead(200, { "content-type": "text/html" }).end("hi"),
    ],
    ["a redirect", (response) => void response.writeHead(307, { location: "http://127.0.0.1:1/v1" }).end()],
    ["half an answer and a connection that is cut", broken((response) => void response.destroy())],
    ["half an answer and a polite end", broken((response) => void response.end())],
    ["half an answer and garbage", broken((response) => void response.end("data: {nonsense\n\n"))],
    [
      "half an answer and an error",
      broken((response) => void response.end('data: {"error":{"message":"overloaded"}}\n\n')),
    ],
    ["chunks of the wrong shape", broken((response) => void response.end('data: {"choices":"x"}\n\n'))],
    [
      "a line without an end",
      async (response) => {
        openStream(response);
        const block = Buffer.alloc(1024 * 1024, "x");
        for (let sent = 0; sent < 20; sent += 1) {
          if (response.destroyed) return;
          await new Promise<unknown>((resolve) => response.write(block, resolve));
        }
      },
    ],
    [
      "words without an end",
      (response) => {
        openStream(response);
        for (let sent = 0; sent < 12 && !response.destroyed; sent += 1)
          sendText(response, "x".repeat(100_000));
        sendEnd(response);
      },
    ],
  ])("%s may work the next time", async (_what, answer) => {
    const error = await failureOf(answer);
    expect(error.kind).toBe("unavailable");
    expect(JSON.stringify([error.message, error.details])).not.toContain("secret");
  });

  it.each<[string, AnswerOfModel]>([
    ["half an answer and then silence", broken(() => undefined)],
    ["not a word", openStream],
    ["no answer at all", () => undefined],
  ])("%s is waited for only so long, and may work the next time", async (_what, answer) => {
    expect((await failureOf(answer, impatient)).kind).toBe("unavailable");
  });

  it("being asked to wait is told on", async () => {
    const error = await failureOf(refuses(429, { message: "slow down" }, { "retry-after": "7" }));
    expect(error).toMatchObject({ code: "model_busy", kind: "unavailable", details: { retryAfterMs: 7000 } });
  });

  it("an endpoint that is not there is away", async () => {
    const model = openAiCompatible({ baseUrl: "http://127.0.0.1:1/v1", model: "m", clock: systemClock });
    const first = model.stream(asking)[Symbol.asyncIterator]().next();
    await expect(first).rejects.toMatchObject({ code: "model_away" });
  });

  it("stops at once, and lets go of the connection, when nobody wants the answer any more", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    fake.answer = (response) => {
      closed = new Promise((resolve) => response.on("close", resolve));
      openStream(response);
      sendText(response, "first");
    };
    const stop = new AbortController();
    const stream = modelOf()
      .stream({ ...asking, signal: stop.signal })
      [Symbol.asyncIterator]();
    await stream.next();
    stop.abort(new DOMException("cancelled", "AbortError"));
    await expect(stream.next()).rejects.toThrow("cancelled");
    await closed;
  });

  it("lets go of the connection when the reader goes away in the middle", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    fake.answer = (response) => {
      closed = new Promise((resolve) => response.on("close", resolve));
      openStream(response);
      sendText(response, "first");
    };
    for await (const part of modelOf().stream(asking)) if (part.type === "text") break;
    await closed;
  });
});
