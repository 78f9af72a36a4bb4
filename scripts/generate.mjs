// npm run generate: makes the database client from prisma/schema. Prisma would first fetch a native engine that making
// a client does not need; told that there is one, it does not ask the network for anything.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { node, root } from "./ensure-installed.mjs";

const program = join(root, "node_modules", "prisma", "build", "index.js");
const { status } = spawnSync(
  existsSync(node) ? node : process.execPath,
  [program, "generate", "--no-hints"],
  {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: "1" },
  },
);
process.exit(status ?? 1);
