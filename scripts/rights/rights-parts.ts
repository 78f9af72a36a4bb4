import { readFileSync } from "node:fs";
import { join } from "node:path";
import { capabilityTable } from "../../src/domain/governance/index.ts";
import { allJobs } from "../../src/jobs/all-jobs.ts";
import { commandTable } from "../../src/matrix/commands/command-table.ts";
import type { RightsParts } from "./render-rights.ts";

const root = join(import.meta.dirname, "../..");
const methods = ["get", "put", "post", "patch", "delete"] as const;

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

/** What there is: the routes by `docs/openapi.json`, which a check of its own keeps fresh. */
export function readRightsParts(): RightsParts {
  const { paths } = JSON.parse(readFileSync(join(root, "docs/openapi.json"), "utf8")) as Description;
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    methods.flatMap((method) => {
      const operation = operations[method];
      return operation === undefined
        ? []
        : [{ operationId: operation.operationId, call: `${method.toUpperCase()} ${path}` }];
    }),
  );
  return {
    capabilities: capabilityTable,
    commands: commandTable,
    routes: routes.toSorted((a, b) => pathOf(a.call).localeCompare(pathOf(b.call), "en")),
    jobs: allJobs.map(({ name }) => name),
  };
}

function pathOf(call: string): string {
  return call.split(" ").toReversed().join(" ");
}
