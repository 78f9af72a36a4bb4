// Who may import whom. The table is the architecture; the rules below are made from it.
const rooms = {
  kernel: [],
  config: ["kernel"],
  db: ["kernel"],
  domain: ["kernel", "db"],
  adapters: ["kernel"], // and the domain's ports.ts, as types
  matrix: ["kernel", "db", "domain"],
  outbox: ["kernel", "db"],
  jobs: ["kernel", "db", "domain", "matrix", "outbox"],
  http: ["kernel", "db", "domain"],
  cli: ["kernel", "config", "db", "domain", "adapters", "matrix", "outbox", "jobs", "http"],
};

// Domain floors: a module may use modules on floors below it, never its own floor or above.
const floors = [
  ["tenancy"],
  ["governance"],
  ["messaging", "memory", "treasury"],
  ["agents", "registry", "projects", "embassy"],
  ["endpoints", "runtime"],
];

// SDK -> the only place that may import it.
const fences = {
  "matrix-appservice-bridge|@vector-im/matrix-bot-sdk|matrix-js-sdk": "^src/matrix/",
  "@prisma/[^/]+|pg": "^src/db/",
  "@electric-sql/[^/]+": "^src/db/embedded/",
  "pg-boss": "^src/db/",
  "fastify|@fastify/[^/]+|fastify-type-provider-zod": "^src/(?:http|matrix/ingest|cli)/",
  "prom-client|ws": "^src/http/",
  "ai|@ai-sdk/[^/]+|undici": "^src/adapters/",
  commander: "^src/cli/",
  pino: "^src/cli/",
};

const any = (names) => `(?:${names.join("|")})`;

const roomRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `src/${room} may import only: ${[room, ...allowed].join(", ")}.`,
  severity: "error",
  from: { path: `^src/${room}/`, pathNot: "[.]test[.]ts$" },
  to: {
    path: "^src/",
    pathNot: [
      `^src/${any([room, ...allowed])}/`,
      ...(room === "adapters" ? ["^src/domain/[^/]+/ports[.]ts$"] : []),
    ],
  },
}));

const floorRules = floors.flatMap((modules, floor) =>
  modules.map((module) => ({
    name: `floor-${module}`,
    comment: `domain/${module} may import only domain modules on floors below it.`,
    severity: "error",
    from: { path: `^src/domain/${module}/`, pathNot: "[.]test[.]ts$" },
    to: {
      path: "^src/domain/",
      pathNot: [`^src/domain/${any([module, ...floors.slice(0, floor).flat()])}/`],
    },
  })),
);

const fenceRules = Object.entries(fences).map(([sdk, home]) => ({
  name: `fence-${sdk.split("|")[0].replace(/\W+/g, "-")}`,
  comment: `${sdk} stays behind ${home}.`,
  severity: "error",
  from: { path: "^src/", pathNot: [home, "[.]test[.]ts$"] },
  to: { path: `(?:^|node_modules/)(?:${sdk})(?:/|$)` },
}));

// dependency-cruiser wants its configuration as a default export.
export default {
  forbidden: [
    ...roomRules,
    ...floorRules,
    ...fenceRules,
    {
      name: "front-door-only",
      comment: "Reach a domain module from outside through its index.ts (ports.ts for adapters).",
      severity: "error",
      from: { path: "^src/(?:domain/([^/]+)|[^/]+)/", pathNot: "[.]test[.]ts$" },
      to: {
        path: "^src/domain/[^/]+/",
        pathNot: ["^src/domain/[^/]+/(?:index|ports)[.]ts$", "^src/domain/$1/"],
      },
    },
    {
      name: "ingest-egress-strangers",
      comment: "Matrix in and Matrix out meet only in the database.",
      severity: "error",
      from: { path: "^src/matrix/(ingest|egress)/" },
      to: { path: "^src/matrix/(?:ingest|egress)/", pathNot: "^src/matrix/$1/" },
    },
    {
      name: "prisma-client-stays-home",
      comment: "Stores receive the client as tx.db; only db/ touches the generated code.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/db/" },
      to: { path: "^src/db/generated/" },
    },
    {
      name: "no-circular",
      comment: "Types included: a type lives with its owner, or in a file of its own that both import.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "src-never-imports-test",
      severity: "error",
      from: { path: "^src/", pathNot: "[.]test[.]ts$" },
      to: { path: "^(?:test|bench|scripts)/|[.]test[.]ts$" },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, path: "^src/", pathNot: "[.](?:d|test)[.]ts$|[.]mjs$|worker[.]ts$" },
      to: {},
    },
    {
      name: "no-dev-dep-in-src",
      severity: "error",
      from: { path: "^src/", pathNot: "[.]test[.]ts$" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    // Some packages have an `exports` map and no `main`.
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      mainFields: ["main", "module", "types"],
      extensions: [".ts", ".mts", ".js", ".mjs", ".cjs", ".json", ".d.ts", ".d.mts"],
    },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "src/db/generated" },
  },
};
