import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { randomToken } from "../../kernel/random.ts";
import { registrationUnusable } from "./faults.ts";
import { generateRegistration } from "./generate-registration.ts";
import { requireUsableRegistration } from "./require-usable-registration.ts";
import { exampleNames } from "./template.ts";

const directory = mkdtempSync(join(tmpdir(), "microdao-registration-"));
const path = join(directory, "registration.yaml");
const { text } = generateRegistration({ names: exampleNames, newToken: () => randomToken(48) });

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

test("a good registration is ready for use, with keys that only others know", async () => {
  writeFileSync(path, `${text}org.matrix.msc3202: true\n`);
  const registration = await requireUsableRegistration(path, exampleNames);
  expect(registration).toMatchObject({
    id: "microdao",
    url: "http://127.0.0.1:9009",
    senderLocalpart: "microdao_appservice",
    rateLimited: false,
    warnings: [],
  });
  expect(registration.namespaces.users).toHaveLength(2);
  expect(registration.namespaces.rooms).toEqual([]);
  expect(registration.raw["org.matrix.msc3202"]).toBe(true);
});

test("what could be better does not stop the bridge", async () => {
  writeFileSync(path, text.replace("rate_limited: false", "rate_limited: true"));
  const { warnings } = await requireUsableRegistration(path, exampleNames);
  expect(warnings.map(({ code }) => code)).toEqual(["rate-limited"]);
});

test.each([
  ["an empty hs_token", text.replace(/^hs_token: .*$/m, 'hs_token: ""')],
  ["no as_token", text.replace(/^as_token: .*$/m, "")],
  ["an open namespace", text.replaceAll("\\.org$", "\\.org")],
  ["no YAML", "id: ["],
])("4: %s is refused", async (_, broken) => {
  writeFileSync(path, broken);
  await expect(requireUsableRegistration(path, exampleNames)).rejects.toSatisfy(registrationUnusable.is);
});

test("a file that is not there is refused", async () => {
  await expect(requireUsableRegistration(join(directory, "absent"), exampleNames)).rejects.toSatisfy(
    registrationUnusable.is,
  );
});
