import type { ShowTyping } from "../../domain/agents/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { Homeserver } from "../homeserver/index.ts";

const shownMs = 30_000;
const renewMs = 20_000;

/**
 * Typing notices, renewed while an agent thinks. The homeserver forgets them by itself, so a notice that is lost, late
 * or left behind by a dead process does no harm.
 */
export function typingThrough(homeserver: Pick<Homeserver, "typing">, log: Log): ShowTyping {
  return ({ roomId, matrixId }) => {
    // One after the other, or the end could overtake the beginning.
    let last = Promise.resolve();
    const say = (timeoutMs: number) => {
      last = last
        .then(() => homeserver.typing({ roomId, userId: matrixId, timeoutMs }))
        .catch((error: unknown) =>
          log.debug({ roomId, reason: messageOf(error) }, "a typing notice was lost"),
        );
    };
    say(shownMs);
    const timer = setInterval(() => say(shownMs), renewMs);
    return () => {
      clearInterval(timer);
      say(0);
    };
  };
}
