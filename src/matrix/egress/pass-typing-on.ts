import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { Homeserver } from "../homeserver/index.ts";

/** A typing notice of a user in a room; 0 milliseconds end it. */
export interface TypingNotice {
  readonly roomId: string;
  readonly userId: string;
  readonly timeoutMs: number;
}

/** Sends typing notices that nobody waits for: one that is lost or late does no harm, the homeserver forgets them by itself. */
export function passTypingOn(
  homeserver: Pick<Homeserver, "typing">,
  log: Log,
): (notice: TypingNotice) => void {
  return (notice) => {
    homeserver.typing(notice).catch((error: unknown) => {
      log.debug({ roomId: notice.roomId, reason: messageOf(error) }, "a typing notice was lost");
    });
  };
}
