import { describe, expect, it } from "vitest";
import type { ChannelStatus } from "../../domain/messaging/index.ts";
import { helpAnswer, historyWords, statusAnswer } from "./answers.ts";

const channel: ChannelStatus = {
  channelId: "01893726-efee-7f02-8fbf-9f2b7bc2f910",
  slug: "general",
  name: "General",
  encrypted: false,
  status: "active",
  createdAt: new Date("2026-11-21T10:00:00Z"),
  unlinkedAt: null,
  microdaoId: "01893726-efee-7f02-8fbf-9f2b7bc2f911",
  microdaoExternalId: "microdao:1",
  microdaoName: "Demo",
  messages: 1204,
  members: 3,
  agents: [{ name: "Sofia", matrixId: "@dao_sofia:example.org" }],
};

describe("answers", () => {
  it("the status says where, since when, how much, how far and who", () => {
    const history = {
      roomId: "!a:example.org",
      status: "running",
      nextToken: "t1",
      pages: 3,
      events: 1500,
      error: null,
      startedAt: null,
      finishedAt: null,
    } as const;
    expect(statusAnswer(channel, history).split("\n")).toEqual([
      "Mirrored as #general of Demo (microdao:1)",
      "Since: 2026-11-21",
      "Messages: 1,204",
      "Members: 3",
      "History: being read, 1,500 events read so far",
      "Encrypted: no",
      "Agents: Sofia (@dao_sofia:example.org)",
    ]);
  });

  it("millions are not counted", () => {
    expect(statusAnswer({ ...channel, messages: 100_000, agents: [] }, undefined)).toContain(
      "100,000 or more",
    );
    expect(historyWords(undefined)).toBe("not read");
  });

  it("help fits a phone", () => {
    const lines = helpAnswer().split("\n");
    expect(lines.length).toBeLessThan(26);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(50);
  });
});
