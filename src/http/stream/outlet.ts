import type { LiveState } from "../../kernel/live.ts";

/** One message of a stream. */
export interface Frame {
  readonly type: "ready" | "missed" | "event" | "trigger" | LiveState["kind"] | "heartbeat" | "end";
  /** Where a reader goes on after it. */
  readonly id?: string | undefined;
  /** JSON on one line. */
  readonly data: string;
}

/** Why a stream ends, as its last message says. */
export interface Ending {
  readonly code: string;
  readonly detail: string;
}

/** The way to one reader. What is sent goes into the connection's buffer; who sends looks at `isFull` between frames. */
export interface Outlet {
  readonly isClosed: boolean;
  /** The reader does not read as fast as is written. */
  readonly isFull: boolean;
  send(frame: Frame): void;
  /** Called when there is room again, and when the connection is closed. */
  onChange(listener: () => void): void;
  /** Says why, then closes; a reader that does not take it is cut off soon. */
  end(ending: Ending): void;
}

/** How long the last words may take to be read. */
export const lastWordsMs = 3_000;

export function endFrame(ending: Ending): Frame {
  return { type: "end", data: JSON.stringify(ending) };
}
