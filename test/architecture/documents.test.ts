import { spawnSync } from "node:child_process";
import { existsSync, globSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { agentCommand } from "../../src/cli/agents.ts";
import { benchCommand } from "../../src/cli/bench.ts";
import { blueprintCommand } from "../../src/cli/blueprints.ts";
import { daoCommand } from "../../src/cli/dao.ts";
import { deadlettersCommand } from "../../src/cli/deadletters.ts";
import { doctorCommand } from "../../src/cli/doctor.ts";
import { eraseCommand } from "../../src/cli/erase.ts";
import { freezeCommand, unfreezeCommand } from "../../src/cli/freeze.ts";
import { keyCommand } from "../../src/cli/keys.ts";
import { migrateCommand } from "../../src/cli/migrate.ts";
import { modelCommand } from "../../src/cli/models.ts";
import { quotaCommand } from "../../src/cli/quotas.ts";
import { rebuildCommand } from "../../src/cli/rebuild.ts";
import { reconcileCommand } from "../../src/cli/reconcile.ts";
import { registrationCommand } from "../../src/cli/registration.ts";
import { retentionCommand } from "../../src/cli/retention.ts";
import { backfillCommand, linkCommand, unlinkCommand } from "../../src/cli/rooms.ts";
import { serveCommand } from "../../src/cli/serve-command.ts";
import { webhookCommand } from "../../src/cli/webhooks.ts";
import { settingRows } from "../../src/config/settings.ts";
import { codeIn, documents, proseOf, root, sourceFiles, tableUnder, textOf } from "./repository.ts";

const commands = [
  ...[serveCommand(), registrationCommand(), doctorCommand(), migrateCommand()],
  ...[
    freezeCommand(),
    unfreezeCommand(),
    linkCommand(),
    unlinkCommand(),
    backfillCommand(),
    agentCommand(),
    blueprintCommand(),
    keyCommand(),
    modelCommand(),
    quotaCommand(),
    daoCommand(),
  ],
  ...[deadlettersCommand(), benchCommand(), reconcileCommand(), rebuildCommand()],
  ...[webhookCommand(), eraseCommand(), retentionCommand()],
];

describe("the top level", () => {
  it("is a closed list", () => {
    // What belongs to one working copy only; git does not know it.
    const local = /^(?:\.git|node_modules|\.data|coverage|\.env|config\.yaml|.*\.log|\.vscode|\.idea)$/;
    expect(
      readdirSync(root)
        .filter((name) => !local.test(name))
        .sort(),
    ).toEqual(
      [
        ...[".ci", "bench", "docker", "docs", "examples", "packages", "prisma", "scripts", "src", "test"],
        ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"],
        ...["package.json", "package-lock.json", "tsconfig.json", "prisma.config.ts", "vitest.config.ts"],
        ...["eslint.config.mjs", "biome.json", ".dependency-cruiser.mjs", ".npmrc", ".gitignore"],
        ...["Dockerfile", ".dockerignore", "compose.yaml", "registration.yaml", ".env.example"],
      ].sort(),
    );
  });
});

describe("links between documents", () => {
  const links = documents().flatMap((document) =>
    [...proseOf(textOf(document)).matchAll(/\]\(([^()\s]+)\)/g)]
      .map(([, target = ""]) => ({ document, target }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  );

  it("lead somewhere", () => {
    const broken = links.filter(({ document, target }) => {
      const [path = "", anchor] = target.split("#");
      const found = path === "" ? document : normalize(join(dirname(document), path));
      if (!existsSync(join(root, found))) return true;
      return anchor !== undefined && !anchorsOf(textOf(found)).includes(anchor);
    });
    expect(broken).toEqual([]);
    expect(links.length).toBeGreaterThan(40);
  });

  it("reach every document from the README", () => {
    const reached = new Set(["README.md"]);
    for (const document of reached) {
      for (const { target } of links.filter((link) => link.document === document)) {
        const path = normalize(join(dirname(document), target.split("#")[0] ?? ""));
        if (path.endsWith(".md")) reached.add(path);
      }
    }
    expect(documents().filter((document) => !reached.has(document))).toEqual([]);
  });
});

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("what documents name is there", () => {
  const named = documents().flatMap((document) =>
    codeIn(textOf(document)).map((code) => ({ document, code })),
  );

  it("paths", () => {
    const isPath = /^(?:src|test|docs|prisma|scripts|bench|docker|\.ci)\/[\w./-]*\w$/;
    const paths = named.filter(({ code }) => isPath.test(code) && !code.includes("0000NN"));
    expect(paths.filter(({ code }) => !existsSync(join(root, code)))).toEqual([]);
    expect(paths.length).toBeGreaterThan(60);
  });

  it("files that are named without their folder", () => {
    const files = new Set(
      globSync("{src,test,scripts}/**/*.{ts,mjs}", { cwd: root }).map((path) => path.replace(/.*\//, "")),
    );
    const lone = named.filter(({ code }) => /^[a-z][a-z0-9-]*(?:\.test)?\.ts$/.test(code));
    const modules = new Set(["errors.ts", "jobs.ts", "ports.ts", "index.ts", "events.ts"]);
    expect(lone.filter(({ code }) => !files.has(code) && !modules.has(code))).toEqual([]);
  });

  it("npm scripts", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const used = named.flatMap(({ document, code }) =>
      [...code.matchAll(/\bnpm (?:run ([\w-]+)|(start|test)\b)/g)].map(([, run, short]) => ({
        document,
        script: run ?? short ?? "",
      })),
    );
    expect(used.filter(({ script }) => !(script in scripts))).toEqual([]);
    expect(used.length).toBeGreaterThan(20);
  });

  it("settings", () => {
    const known = new Set(settingRows().map(([, row]) => row.env));
    const others = ["CONFIG_PATH", "TEST_DATABASE_URL", "SYNAPSE_VENV", "BENCH_CPU_PROFILE"];
    const compose = [...textOf("compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name);
    // Two pages are about other people's code: error codes of Matrix, constants of libraries.
    const ofOthers = new Set(["docs/matrix-requirements.md", "docs/matrix-libraries.md"]);
    const names = named.filter(
      ({ code, document }) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(code) && !ofOthers.has(document),
    );
    const allowed = new Set([...known, ...others, ...compose]);
    expect(names.filter(({ code }) => !allowed.has(code))).toEqual([]);
  });

  it("decisions and guides are in their lists", () => {
    for (const folder of ["docs/adr", "docs/guides"]) {
      const files = readdirSync(join(root, folder)).filter((name) => name !== "README.md");
      const listed = [...textOf(`${folder}/README.md`).matchAll(/\]\(([\w-]+\.md)\)/g)].map(
        ([, name]) => name,
      );
      expect(listed.sort()).toEqual(files.sort());
    }
  });
});

describe("commands that documents show", () => {
  const shown = documents().flatMap((document) =>
    codeIn(textOf(document))
      .flatMap((code) => /(?:^|[\s$])microdao ([a-z][^#]*)$/.exec(code.replace(/#.*/, "").trim())?.[1] ?? [])
      .map((words) => ({ document, words: words.trim() })),
  );
  let helps: Map<string, string>;

  beforeAll(() => {
    helps = commandHelps();
  });

  it("exist, with the options that are shown", () => {
    const wrong = shown.filter(({ words }) => {
      const [command = "", sub = ""] = words.split(/\s+/);
      const help = helps.get(`${command} ${sub}`) ?? helps.get(command);
      const isGroup = [...helps.keys()].some((name) => name.startsWith(`${command} `));
      if (help === undefined || (isGroup && /^[a-z]+$/.test(sub) && !helps.has(`${command} ${sub}`)))
        return true;
      // The benchmark has its own help.
      if (command === "bench") return false;
      const options = [...words.matchAll(/(?:^|\s)(--[a-z-]+)/g)].map(([, option = ""]) => option);
      return options.some((option) => !help.includes(option));
    });
    expect(wrong).toEqual([]);
    expect(shown.length).toBeGreaterThan(30);
  });

  it("all commands are shown somewhere", () => {
    const told = shown.map(({ words }) => words);
    const hidden = [...helps.keys()].filter(
      (name) => !told.some((words) => words === name || words.startsWith(`${name} `)),
    );
    // Groups are told by what is in them.
    expect(hidden.filter((name) => ![...helps.keys()].some((other) => other.startsWith(`${name} `)))).toEqual(
      [],
    );
  });
});

/** Each command's help, by its words: `migrate`, `migrate up`, … */
function commandHelps(): Map<string, string> {
  const main = join(root, "src/cli/main.ts");
  const { stdout, status } = spawnSync(process.execPath, [main, "--help"], { encoding: "utf8" });
  expect(status).toBe(0);
  const named = commandsIn(stdout).filter((name) => name !== "quickstart");
  expect(named.sort()).toEqual(commands.map((command) => command.name()).sort());
  return new Map(
    commands.flatMap((command) => [
      [command.name(), command.helpInformation()] as const,
      ...command.commands.map((sub) => [`${command.name()} ${sub.name()}`, sub.helpInformation()] as const),
    ]),
  );
}

function commandsIn(help: string): string[] {
  const list = help.split("\nCommands:\n")[1] ?? "";
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
}

describe("events", () => {
  const document = textOf("docs/events.md");
  const topics = [
    ...(/export type Topic =([^;]+);/.exec(textOf("src/kernel/events.ts"))?.[1] ?? "").matchAll(
      /"([\w.]+)"/g,
    ),
  ].map(([, topic = ""]) => topic);
  const told = tableUnder(document, "What is told").map(([topic = ""]) => topic.replaceAll("`", ""));
  const reserved = [...(document.split("## Reserved names")[1] ?? "").matchAll(/`([\w.]+)`/g)].map(
    ([, topic = ""]) => topic,
  );

  it("all are in docs/events.md, and no others", () => {
    expect([...told, ...reserved].sort()).toEqual([...topics].sort());
  });

  it("those that are told are the ones that the program tells", () => {
    const code = sourceFiles()
      .filter((path) => path !== "src/kernel/events.ts")
      .map(textOf)
      .join("\n");
    const used = topics.filter((topic) => code.includes(`"${topic}"`) || code.includes(`'${topic}'`));
    expect(used.sort()).toEqual([...told].sort());
  });
});

describe("ARCHITECTURE.md", () => {
  it("says of each room what it may import, as the import law does", async () => {
    const law = (await import(join(root, ".dependency-cruiser.mjs"))) as {
      default: { forbidden: { name: string; comment?: string }[] };
    };
    const rooms = readdirSync(join(root, "src"));
    const allowed = law.default.forbidden.flatMap(({ name, comment = "" }) => {
      const room = /^room-(\w+)$/.exec(name)?.[1];
      if (room === undefined || !rooms.includes(room)) return [];
      const others = (comment.split(": ")[1] ?? "").replace(/\.$/, "").split(", ");
      return [[room, others.filter((other) => other !== room && rooms.includes(other))] as const];
    });
    const documented = tableUnder(textOf("ARCHITECTURE.md"), "The rooms").map(
      ([room = "", , others = ""]) => {
        const names = rooms.filter((name) =>
          new RegExp(`\\b${name}\\b`).test(others.replace(/, and .*/, "")),
        );
        return [room.replace(/[`/]/g, ""), names] as const;
      },
    );
    const sorted = (list: readonly (readonly [string, readonly string[]])[]) =>
      Object.fromEntries(list.map(([room, names]) => [room, [...names].sort()]));
    expect(sorted(documented)).toEqual(sorted(allowed));
    expect(documented.map(([room]) => room).sort()).toEqual(rooms.sort());
  });
});
