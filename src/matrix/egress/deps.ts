import type { Database } from "../../db/index.ts";
import type { Counters } from "../../kernel/counters.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import type { Ghosts } from "../ghosts/index.ts";
import type { Homeserver } from "../homeserver/index.ts";

export interface EgressDeps {
  readonly database: Database;
  readonly homeserver: Pick<
    Homeserver,
    "upload" | "sendEvent" | "redact" | "messages" | "event" | "stateEvent" | "invite" | "joinRoom"
  >;
  readonly ghosts: Pick<Ghosts, "ensure" | "register" | "renewDevice" | "park">;
  readonly botUserId: string;
  /** Records events that were read from a room, as history. */
  readonly ingest: (events: readonly JsonObject[], source: "backfill") => Promise<unknown>;
  readonly counters: Counters;
  readonly log: Log;
  /** Who this process is: `Presence.holder`. Absent: what it had in hand when it dies waits for its lease to run out. */
  readonly holder?: string;
  /** Rooms and senders served at the same time. Default 16. */
  readonly parallel?: number;
  /** How long a claim lasts when its holder dies. Default 20 s, longer than a send may take; what a killed process had in hand waits for it. */
  readonly leaseMs?: number;
}

export const defaultParallel = 16;
export const defaultLeaseMs = 20_000;
