import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below the range that systems take ports of outgoing connections from, so that a port stays free until it is used. */
const lowest = 20_000;
const highest = 32_000;

/** Whether `port` of `host` can be listened on now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once("error", () => {
    resolve(false);
  });
  probe.listen(port, host, () =>
    probe.close(() => {
      resolve(true);
    }),
  );
  return promise;
}

/** The first of `wanted` that is free, else some other port that is. */
export async function freePort(host: string, wanted: readonly number[] = []): Promise<number> {
  for (const port of wanted) if (await isPortFree(port, host)) return port;
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await isPortFree(port, host)) return port;
  }
}
