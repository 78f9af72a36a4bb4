import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { silentLog } from "../../kernel/log.ts";
import { typingThrough } from "./show-typing.ts";

const where = { roomId: "!room:test", matrixId: "@dao_sofia:test" };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("137: an outbound typing notice is sent once, renewed while it holds, taken back, and keeps nobody waiting", async () => {
  const sent: number[] = [];
  const show = typingThrough(
    { typing: ({ timeoutMs }) => Promise.resolve(void sent.push(timeoutMs)) },
    silentLog,
  );
  const stop = show(where);
  await vi.advanceTimersByTimeAsync(45_000);
  stop();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(sent).toEqual([30_000, 30_000, 30_000, 0]);
});

it("137: a typing notice that fails is not tried again", async () => {
  let tries = 0;
  const homeserver = {
    typing: () => {
      tries += 1;
      return Promise.reject(new TypeError("the homeserver is away"));
    },
  };
  const stop = typingThrough(homeserver, silentLog)(where);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(tries).toBe(1);
  stop();
  await vi.advanceTimersByTimeAsync(300_000);
  expect(tries).toBe(2);
});
