import { defineConfig } from "vitest/config";

/** Limits are for what hangs: a slow, busy machine may take many times as long as a quick one. */
const node = {
  environment: "node" as const,
  testTimeout: 120_000,
  hookTimeout: 300_000,
  expect: { poll: { timeout: 100_000 } },
  maxWorkers: 2,
  setupFiles: ["test/support/replay-properties.ts"],
};

/** Files share what they import, which costs more than most of them; each puts back what it replaces. */
const quick = { ...node, isolate: false };

/** Whole processes and a real Synapse. */
const slow = { testTimeout: 600_000, globalSetup: ["test/support/global-setup.ts"] };

/**
 * Killed, frozen and flooded processes are timed, and what readers of the outbox see depends on all that is written on the
 * server: nothing else may run beside them.
 */
const alone = ["test/destruction/**/*.test.ts", "test/db/outbox-order.test.ts"];

// Vitest wants its configuration as a default export.
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      { extends: false, test: { ...quick, name: "unit", include: ["src/**/*.test.ts"] } },
      {
        extends: false,
        test: {
          ...quick,
          name: "integration",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", ...alone],
          globalSetup: ["test/support/global-setup.ts"],
        },
      },
      {
        extends: false,
        test: {
          ...node,
          ...slow,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // They wait for other processes more than they work.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: false,
        test: {
          ...node,
          ...slow,
          name: "alone",
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
