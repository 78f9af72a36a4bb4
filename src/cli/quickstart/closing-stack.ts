import { messageOf } from "../../kernel/errors.ts";

/** Things that were opened, to be closed in the opposite order. */
export interface ClosingStack {
  /** Remembers how to close something. `name` stands in the report when closing fails. */
  push(name: string, close: () => Promise<void>): void;
  /** Closes all, newest first, whatever fails on the way. Later calls wait for the first. */
  close(): Promise<void>;
}

export function newClosingStack(report: (line: string) => void): ClosingStack {
  const opened: { name: string; close: () => Promise<void> }[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    for (let last = opened.pop(); last !== undefined; last = opened.pop()) {
      const { name } = last;
      await last.close().catch((error: unknown) => {
        report(`${name} did not stop cleanly: ${messageOf(error)}`);
      });
    }
  };
  return {
    push: (name, close) => {
      opened.push({ name, close });
    },
    close: () => (closing ??= closeAll()),
  };
}
