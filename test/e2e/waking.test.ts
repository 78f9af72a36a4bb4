import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { systemClock } from "../../src/kernel/clock.ts";
import { openHomeserver } from "../../src/matrix/homeserver/index.ts";
import { patience } from "../support/patience.ts";
import { startSynapse, type TestSynapse } from "../support/synapse.ts";

const asToken = "as_token_of_the_waking_test_0123456789abcdef";
let synapse: TestSynapse;
let listener: Server;
let directory: string;
/** How transactions are answered, and those that came: when, and how they were answered. */
let status = 200;
const transactions: { readonly at: number; readonly status: number }[] = [];

beforeAll(async () => {
  listener = createServer((request, response) => {
    const isTransaction = request.url?.includes("/transactions/") === true;
    if (isTransaction) transactions.push({ at: performance.now(), status });
    request.resume();
    response.writeHead(isTransaction ? status : 200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  directory = await mkdtemp(join(tmpdir(), "microdao-waking-"));
  const registrationPath = join(directory, "registration.yaml");
  const registration = {
    id: "microdao",
    url: `http://127.0.0.1:${String((listener.address() as AddressInfo).port)}`,
    as_token: asToken,
    hs_token: "hs_token_of_the_waking_test_0123456789abcdef",
    sender_localpart: "microdao",
    rate_limited: false,
    namespaces: { users: [{ exclusive: true, regex: "@dao_.*:localhost" }], rooms: [], aliases: [] },
  };
  // JSON is YAML.
  await writeFile(registrationPath, JSON.stringify(registration));
  synapse = await startSynapse({ registrationPath });
});
afterAll(async () => {
  await synapse.stop();
  await new Promise((resolve) => listener.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

it("41: a ping makes a Synapse that deems us down deliver at once, long before its next try", async () => {
  const { accessToken } = await synapse.registerUser("alice");
  status = 500;
  const made = await fetch(`${synapse.url}/_matrix/client/v3/createRoom`, {
    method: "POST",
    headers: { authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({ invite: ["@microdao:localhost"] }),
  });
  expect(made.status).toBe(200);
  // The first try fails, two seconds later the second, four later the third; the next would come after eight more.
  await vi.waitUntil(() => transactions.length >= 3, patience);
  status = 200;
  const failed = transactions.at(-1)?.at ?? 0;
  await openHomeserver({ url: synapse.url, token: asToken, clock: systemClock }).ping("microdao", "wake");
  await vi.waitUntil(() => transactions.at(-1)?.status === 200, patience);
  expect((transactions.at(-1)?.at ?? Infinity) - failed).toBeLessThan(7_500);
});
