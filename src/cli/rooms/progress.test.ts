import { describe, expect, it } from "vitest";
import type { Backfill } from "../../matrix/backfill/backfill-store.ts";
import { showProgress } from "./progress.ts";

const page = (roomId: string, events: number): Backfill => ({
  roomId,
  status: "running",
  nextToken: "t",
  pages: 1,
  events,
  error: null,
  startedAt: null,
  finishedAt: null,
});

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, write: (text: string) => written.push(text), written };
}

describe("progress", () => {
  it("a terminal sees a bar that grows with the time covered and never says done too early", () => {
    const terminal = screen(true);
    const progress = showProgress(terminal, 1_000);
    progress.add("!a", { name: "general", bornTs: 0 });
    progress.page(page("!a", 500), 750);
    expect(terminal.written.at(-1)).toContain("[######..................]  25 %  500 events  general");
    progress.page(page("!a", 1_500), -5_000);
    expect(terminal.written.at(-1)).toContain(" 99 %  1,500 events");
    progress.done("!a");
    expect(terminal.written.at(-1)).toContain("100 %");
    progress.end();
    expect(terminal.written.at(-1)).not.toContain("general");
  });

  it("anything else sees at most one line in ten seconds", () => {
    const file = screen(false);
    const progress = showProgress(file, 1_000);
    progress.add("!a", { name: "general", bornTs: undefined });
    for (let count = 0; count < 50; count += 1) progress.page(page("!a", count), undefined);
    progress.end();
    expect(file.written).toEqual([]);
  });
});
