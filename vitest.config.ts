import { defineConfig } from "vitest/config";

const node = { environment: "node" as const, testTimeout: 30_000, hookTimeout: 120_000 };

// Vitest wants its configuration as a default export.
export default defineConfig({
  test: {
    reporters: ["default"],
    maxWorkers: 2,
    projects: [
      { extends: false, test: { ...node, name: "unit", include: ["src/**/*.test.ts"] } },
      {
        extends: false,
        test: {
          ...node,
          name: "integration",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**", "test/destruction/**"],
          globalSetup: ["test/support/global-setup.ts"],
        },
      },
      {
        extends: false,
        test: {
          ...node,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "test/destruction/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          globalSetup: ["test/support/global-setup.ts"],
        },
      },
    ],
  },
});
