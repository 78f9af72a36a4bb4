import { monotonicMs } from "../../kernel/clock.ts";
import type { Screen } from "./progress.ts";

export interface Count {
  /** Events of the present room that have been read. */
  events(count: number): void;
  roomDone(): void;
  /** Takes the line off the terminal. */
  end(): void;
}

const silenceMs = 10_000;
const number = new Intl.NumberFormat("en");

/** Shows how many rooms are done and how much of the present one was read: on a terminal at once, elsewhere a line every ten seconds. */
export function showCount(screen: Screen, rooms: number): Count {
  let done = 0;
  let lastLineMs = monotonicMs();
  return {
    events(count) {
      const text = `${done} of ${rooms} rooms, ${number.format(count)} events of the next one`;
      if (screen.isTTY === true) {
        screen.write(`\r\u001B[K${text.slice(0, (screen.columns ?? 80) - 1)}`);
      } else if (monotonicMs() - lastLineMs >= silenceMs) {
        lastLineMs = monotonicMs();
        screen.write(`${text}\n`);
      }
    },
    roomDone() {
      done += 1;
    },
    end() {
      if (screen.isTTY === true) screen.write("\r\u001B[K");
    },
  };
}
