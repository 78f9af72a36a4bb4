import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { echoModel } from "../../src/adapters/llm/echo.ts";
import { transact } from "../../src/db/index.ts";
import { openSealer } from "../../src/domain/governance/index.ts";
import {
  chooseModel,
  listModels,
  type ModelEndpoint,
  type ModelSources,
  removeModel,
  setModel,
} from "../../src/domain/runtime/index.ts";
import { createMicrodao, ensureUserByMatrixId } from "../../src/domain/tenancy/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { type OpenTestDatabase, openTestDatabase } from "../egress/egress-database.ts";

let test: OpenTestDatabase;
let microdaoId: string;

const old = new Uint8Array(32).fill(1);
const fresh = new Uint8Array(32).fill(2);
const secret = "sk-kept-sealed-12345678";

beforeAll(async () => {
  test = await openTestDatabase();
  await transact(test.database, bridgeActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, "@models:test");
    const made = await createMicrodao(tx, { name: "Models", ownerUserId: owner.id });
    microdaoId = made.id;
  });
});
afterAll(() => test.close());

const model = (more: object = {}) => ({
  microdaoId,
  name: "big",
  baseUrl: "https://api.example.org/v1/",
  providerModel: "big-1",
  apiKey: secret,
  isDefault: true,
  ...more,
});

async function chosen(name: string, sources: Partial<ModelSources> = {}): Promise<ModelEndpoint | undefined> {
  let opened: ModelEndpoint | undefined;
  await chooseModel(
    test.database.db,
    {
      openModel: (endpoint) => {
        opened = endpoint;
        return echoModel;
      },
      offline: echoModel,
      endpoint: undefined,
      sealer: openSealer(fresh, old),
      ...sources,
    },
    { microdaoId, model: name },
  );
  return opened;
}

describe("language models of a microDAO", () => {
  it("are kept with a sealed key, which nobody is shown and an older SECRETS_KEK still opens", async () => {
    await transact(test.database, bridgeActor, (tx) => setModel(tx, openSealer(old), model()));
    const rows = await test.database.db.$queryRawUnsafe<{ api_key: string }[]>(
      `SELECT api_key FROM language_models`,
    );
    expect(rows[0]?.api_key).toMatch(/^v1\./);
    const audited = await test.database.db.$queryRawUnsafe(`SELECT data FROM audit_log`);
    expect(JSON.stringify([rows, audited, await listModels(test.database.db, microdaoId)])).not.toContain(
      secret,
    );
    expect(await chosen("big")).toMatchObject({
      apiKey: secret,
      model: "big-1",
      baseUrl: "https://api.example.org/v1",
    });
    expect(await chosen("default")).toMatchObject({ model: "big-1" });
    await expect(chosen("big", { sealer: openSealer(fresh) })).rejects.toMatchObject({ code: "seal_broken" });
    await expect(chosen("big", { sealer: undefined })).rejects.toMatchObject({ code: "secrets_kek_missing" });
  });

  it("with a key need a SECRETS_KEK to keep it", async () => {
    const setting = transact(test.database, bridgeActor, (tx) => setModel(tx, undefined, model()));
    await expect(setting).rejects.toMatchObject({ code: "secrets_kek_missing" });
  });

  it.each([
    { name: "echo" },
    { name: "" },
    { baseUrl: "file:///etc/passwd" },
    { baseUrl: "https://u:p@example.org/v1" },
    { apiKey: "two words" },
    { prices: { input: -1, output: 0 } },
    { prices: { input: Number.NaN, output: 0 } },
  ])("that make no sense are refused: %o", async (wrong) => {
    const setting = transact(test.database, bridgeActor, (tx) => setModel(tx, openSealer(old), model(wrong)));
    await expect(setting).rejects.toMatchObject({ code: "model_invalid" });
  });

  it("that are gone are the endpoint's of the settings, else nobody's", async () => {
    await transact(test.database, bridgeActor, (tx) => removeModel(tx, microdaoId, "big"));
    const endpoint = { baseUrl: "http://127.0.0.1:1/v1", model: "usual" };
    expect(await chosen("default")).toBeUndefined();
    expect(await chosen("echo", { endpoint })).toBeUndefined();
    expect(await chosen("default", { endpoint })).toEqual(endpoint);
    expect(await chosen("big", { endpoint })).toEqual({ ...endpoint, model: "big" });
    await expect(chosen("big")).rejects.toMatchObject({ code: "model_not_set_up" });
  });
});
