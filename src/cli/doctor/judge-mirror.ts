import { ok, type Verdict, warn } from "./finding.ts";

/** Counts that the doctor reads from the database in one statement. */
export interface MirrorCounts {
  readonly channels: number;
  readonly encryptedChannels: number;
  readonly deadLetters: number;
  /** Not delivered after a minute: queued, or with a sender that never reported back. */
  readonly sendsWaiting: number;
  readonly sendsFailed: number;
  /** Sent, and the echo has not come back within ten minutes. */
  readonly sendsUnconfirmed: number;
  readonly backfillsFailed: number;
  readonly backfillsUnfinished: number;
  /** Seconds since the last transaction of the homeserver; undefined when none ever came. */
  readonly lastTransactionSeconds: number | undefined;
  /** Age of the oldest event that was not published; undefined when all were. */
  readonly outboxOldestSeconds: number | undefined;
}

export function judgeEncrypted({ channels, encryptedChannels }: MirrorCounts): Verdict {
  if (encryptedChannels === 0) return ok(`none of ${counted(channels, "room")}`);
  return warn(
    `${encryptedChannels} of ${counted(channels, "room")}`,
    "that something was said is mirrored there, not what: nobody can search it and agents cannot answer. " +
      "Encryption cannot be switched off in a room; make a new one without it where agents shall take part",
  );
}

/** How far the mirror is behind the homeserver. */
export function judgeLag(counts: MirrorCounts): Verdict {
  const { lastTransactionSeconds: seconds, backfillsFailed, backfillsUnfinished } = counts;
  if (backfillsFailed > 0) {
    return warn(
      `the history of ${counted(backfillsFailed, "room")} could not be read`,
      "run: microdao backfill",
    );
  }
  if (seconds === undefined) {
    return warn("no transaction has come yet", "invite the bot to a room and write something there");
  }
  const reading =
    backfillsUnfinished > 0 ? `; history of ${counted(backfillsUnfinished, "room")} still being read` : "";
  return ok(`the last transaction came ${duration(seconds)} ago${reading}`);
}

export function judgeDeadLetters({ deadLetters }: MirrorCounts): Verdict {
  if (deadLetters === 0) return ok("none");
  return warn(
    `${counted(deadLetters, "event")} could not be applied`,
    "look: microdao deadletters list; then: microdao deadletters retry or drop",
  );
}

export function judgeSends({ sendsWaiting, sendsFailed, sendsUnconfirmed }: MirrorCounts): Verdict {
  const parts = [
    sendsWaiting > 0 ? `${sendsWaiting} waiting for more than a minute` : "",
    sendsFailed > 0 ? `${sendsFailed} failed in the last week` : "",
    sendsUnconfirmed > 0 ? `${sendsUnconfirmed} sent and not seen again` : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return ok("everything was delivered");
  return warn(
    parts.join(", "),
    "matrix.sends says why (last_error); waiting ones go out by themselves once bridge and homeserver reach each other",
  );
}

/** Nothing publishes events yet: they wait in `outbox_events`, for whoever reads them there. */
export function judgeOutbox({ outboxOldestSeconds: seconds }: MirrorCounts): Verdict {
  return ok(
    seconds === undefined
      ? "no events"
      : `events are kept in outbox_events; the oldest is ${duration(seconds)} old`,
  );
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
