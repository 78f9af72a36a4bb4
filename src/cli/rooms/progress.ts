import { monotonicMs } from "../../kernel/clock.ts";
import type { Backfill } from "../../matrix/backfill/backfill-store.ts";

/** Where progress is shown; `process.stderr` is one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** The history of one room: when it begins, how far back it has been read. Milliseconds since 1970. */
interface Track {
  readonly name: string;
  readonly bornTs: number | undefined;
  events: number;
  reachedTs: number | undefined;
  done: boolean;
}

export interface Progress {
  /** A room whose history will be read. */
  add(roomId: string, room: { name: string; bornTs: number | undefined }): void;
  page(progress: Backfill, reachedTs: number | undefined): void;
  done(roomId: string): void;
  /** Takes the bar off the terminal. */
  end(): void;
}

const silenceMs = 10_000;
const barWidth = 24;
const number = new Intl.NumberFormat("en");

/**
 * Shows how far histories have been read: a bar on a terminal, elsewhere a line every ten seconds. How long a history is
 * nobody knows; the time between now and the room's beginning that has been covered stands for it.
 */
export function showProgress(screen: Screen, nowTs: number): Progress {
  const tracks = new Map<string, Track>();
  let lastLineMs = monotonicMs();
  const show = () => {
    const text = describe([...tracks.values()], nowTs);
    if (screen.isTTY === true) {
      screen.write(`\r\u001B[K${text.slice(0, (screen.columns ?? 80) - 1)}`);
    } else if (monotonicMs() - lastLineMs >= silenceMs) {
      lastLineMs = monotonicMs();
      screen.write(`${text}\n`);
    }
  };
  return {
    add(roomId, { name, bornTs }) {
      tracks.set(roomId, { name, bornTs, events: 0, reachedTs: undefined, done: false });
    },
    page({ roomId, events }, reachedTs) {
      const track = tracks.get(roomId);
      if (track === undefined) return;
      track.events = events;
      track.reachedTs = Math.min(track.reachedTs ?? nowTs, reachedTs ?? nowTs);
      show();
    },
    done(roomId) {
      const track = tracks.get(roomId);
      if (track !== undefined) track.done = true;
      show();
    },
    end() {
      if (screen.isTTY === true) screen.write("\r\u001B[K");
    },
  };
}

function describe(tracks: readonly Track[], nowTs: number): string {
  const share = tracks.reduce((sum, track) => sum + shareOf(track, nowTs), 0) / Math.max(tracks.length, 1);
  const filled = Math.round(share * barWidth);
  const bar = `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}]`;
  const events = number.format(tracks.reduce((sum, track) => sum + track.events, 0));
  const done = tracks.filter((track) => track.done).length;
  const what = tracks.length === 1 ? (tracks[0]?.name ?? "") : `${done} of ${tracks.length} rooms`;
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${events} events  ${what}`;
}

/** Between 0 and 1, and 1 only at the end: timestamps are whatever servers wrote. */
function shareOf({ done, bornTs, reachedTs }: Track, nowTs: number): number {
  if (done) return 1;
  if (bornTs === undefined || reachedTs === undefined || bornTs >= nowTs) return 0;
  return Math.min(Math.max((nowTs - reachedTs) / (nowTs - bornTs), 0), 0.99);
}
