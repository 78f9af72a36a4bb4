import { onWake } from "../../db/index.ts";
import { sendsBell, tendStreams } from "../../domain/messaging/index.ts";
import { messageOf } from "../../kernel/errors.ts";
import { openDeliverer } from "./deliverer.ts";
import type { EgressDeps } from "./deps.ts";
import { fetchEchoes } from "./fetch-echoes.ts";

const pollMs = 1_000;
const echoesMs = 5_000;
const streamsMs = 500;
const stopMs = 5_000;

export interface Egress {
  /** Messages were committed: deliver them now instead of at the next look. */
  wake(): void;
  /** Claims nothing more and waits up to five seconds for what was begun. */
  stop(): Promise<void>;
}

/**
 * Delivers what is due: when a transaction of this process has queued something, and every second for retries, for leases
 * that ran out and for other processes' messages. Fetches the echoes that do not come, and looks after messages that grow.
 */
export function startEgress(deps: EgressDeps): Egress {
  const deliverer = openDeliverer(deps);
  const timer = setInterval(() => deliverer.pump(), pollMs);
  const silent = onWake(deps.database, sendsBell, () => deliverer.pump());
  deliverer.pump();
  const streams = setInterval(() => {
    tendStreams(deps.database).catch((error: unknown) => {
      deps.log.debug(
        { reason: messageOf(error) },
        "growing messages could not be looked after; they are later",
      );
    });
  }, streamsMs);
  const echoes = setInterval(() => {
    fetchEchoes(deps).catch((error: unknown) => {
      deps.log.debug(
        { reason: messageOf(error) },
        "echoes could not be fetched; they are looked for again later",
      );
    });
  }, echoesMs);
  return {
    wake: () => deliverer.pump(),
    async stop() {
      silent();
      for (const each of [timer, echoes, streams]) clearInterval(each);
      let limit: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((done) => {
        limit = setTimeout(done, stopMs);
      });
      await Promise.race([deliverer.stop(), enough]);
      clearTimeout(limit);
    },
  };
}

/** Delivers what is due now and settles when it is done. Safe to repeat, and to run in several processes at once. */
export async function deliverSends(deps: EgressDeps): Promise<void> {
  const deliverer = openDeliverer(deps);
  deliverer.pump();
  await deliverer.idle();
}
