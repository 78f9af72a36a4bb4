import type { Database } from "../../db/index.ts";
import type { Counters } from "../../kernel/counters.ts";
import type { PageSource } from "../backfill/fetch-page.ts";
import type { Ingest } from "../backfill/record-page.ts";
import type { Homeserver } from "../homeserver/index.ts";

export interface ReconcileDeps extends PageSource {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "messages" | "roomState" | "stateEvent">;
  readonly ingest: Ingest;
  readonly counters: Counters;
}
