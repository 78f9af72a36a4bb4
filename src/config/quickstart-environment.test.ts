import { expect, test } from "vitest";
import { quickstartEnvironment } from "./quickstart-environment.ts";

const facts = {
  homeserverUrl: "http://127.0.0.1:8008",
  serverName: "localhost",
  bridgeUrl: "http://127.0.0.1:9010",
  databaseUrl: "postgresql://127.0.0.1:5433/postgres",
  registrationPath: "/x/.data/registration.yaml",
  users: [],
};
const files = (contents: Record<string, string>) => (path: string) => contents[path];

test("what npm start chose stands in for the environment", () => {
  const read = files({
    ".data/quickstart.json": JSON.stringify(facts),
    ".data/quickstart-state.json": JSON.stringify({ secretsKek: "k", users: {} }),
  });
  expect(quickstartEnvironment(".data", read)).toEqual({
    MATRIX_HOMESERVER_URL: "http://127.0.0.1:8008",
    MATRIX_SERVER_NAME: "localhost",
    BRIDGE_URL: "http://127.0.0.1:9010",
    DATABASE_URL: "postgresql://127.0.0.1:5433/postgres",
    REGISTRATION_PATH: "/x/.data/registration.yaml",
    SECRETS_KEK: "k",
  });
});

test.each(["", "null", "{", "[]", '{"serverName":1}'])("nothing comes of %j", (text) => {
  expect(quickstartEnvironment(".data", files({ ".data/quickstart.json": text }))).toEqual({});
  expect(quickstartEnvironment(".data", files({}))).toEqual({});
});
