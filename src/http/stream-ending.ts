import type { StreamPiece } from "./schemas/message-stream.ts";

/** How a piece ends its message; undefined when it does not. */
export function endingOf({
  done,
  failed,
  cancelled,
}: Pick<StreamPiece, "done" | "failed" | "cancelled">): "complete" | "failed" | "cancelled" | undefined {
  if (done === true) return "complete";
  if (cancelled === true) return "cancelled";
  return failed === undefined ? undefined : "failed";
}
