import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { loadConfig } from "./load-config.ts";
import { configPage, environmentExample } from "./render-docs.ts";
import { settingRows } from "./settings.ts";

test(".env.example and docs/config.md are what the table says", () => {
  expect(readFileSync(".env.example", "utf8")).toBe(environmentExample());
  expect(readFileSync("docs/config.md", "utf8")).toBe(configPage());
});

test("every example is a value that the setting accepts", () => {
  const uncommented = environmentExample().replace(/^# (?=[A-Z_]+=)/gm, "");
  const values = parseEnv(uncommented);
  expect(Object.keys(values).toSorted()).toEqual(
    settingRows()
      .map(([, row]) => row.env)
      .toSorted(),
  );
  expect(() => loadConfig(values, () => undefined)).not.toThrow();
});
