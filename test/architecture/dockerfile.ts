import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { root, textOf } from "./repository.ts";

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/**
 * Carries out in a directory what the Dockerfile says, as far as it concerns files: `<directory>/<stage>` is a stage's
 * root. RUN lines of the last stage are left out, they need a container; so does USER.
 */
export function buildWithoutDocker(directory: string, env: Record<string, string>): string {
  const stages = readStages();
  for (const [index, stage] of stages.entries()) {
    const here = join(directory, String(index));
    let workdir = "/";
    for (const { name, rest } of stage) {
      if (name === "WORKDIR") workdir = rest;
      mkdirSync(join(here, workdir), { recursive: true });
      if (name === "COPY") copy(rest, { here, before: join(directory, "0"), workdir });
      if (name === "RUN" && index < stages.length - 1) run(rest, join(here, workdir), env);
    }
  }
  return join(directory, String(stages.length - 1));
}

/** The value that `ARG`, `ENV`, `ENTRYPOINT`, … of the Dockerfile has. */
export function dockerfileLine(name: string): string {
  return new RegExp(`^${name} (.*)$`, "m").exec(textOf("Dockerfile"))?.[1] ?? "";
}

function readStages(): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of textOf("Dockerfile").replace(/\\\n/g, " ").split("\n")) {
    const [, name = "", rest = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === "FROM") stages.push([]);
    else if (name !== "") stages.at(-1)?.push({ name, rest });
  }
  return stages;
}

function copy(
  rest: string,
  { here, before, workdir }: { here: string; before: string; workdir: string },
): void {
  const words = rest.split(" ");
  const fromStage = words[0]?.startsWith("--from=") === true;
  const [target = "", ...sources] = words.slice(fromStage ? 1 : 0).reverse();
  const isFolder = target.endsWith("/") || sources.length > 1;
  for (const source of sources) {
    const to = join(here, target.startsWith("/") ? "" : workdir, target, isFolder ? basename(source) : "");
    mkdirSync(dirname(to), { recursive: true });
    if (fromStage) move(join(before, source), to);
    else
      cpSync(join(root, source), to, {
        recursive: true,
        filter: (path) => isSent(path.slice(root.length + 1)),
      });
  }
}

/** The stage that it comes from is not needed any more, and moving costs nothing. */
function move(from: string, to: string): void {
  if (existsSync(to)) cpSync(from, to, { recursive: true });
  else renameSync(from, to);
}

function run(command: string, cwd: string, env: Record<string, string>): void {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stdout}${stderr}`);
}

const ignore = textOf(".dockerignore")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => ({ isSend: line.startsWith("!"), glob: line.replace(/^!/, "") }))
  .map((rule) => ({ ...rule, matches: patternOf(rule.glob) }));

/** As Docker reads it: `*` is anything but a slash, `**` any folders, and names with a dot are like any others. */
function patternOf(glob: string): RegExp {
  const parts = glob.split(/(\*\*\/|\*)/).map((part) => {
    if (part === "**/") return "(?:.*/)?";
    return part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join("")}$`);
}

/** Whether `.dockerignore` lets a path be sent: the last pattern that matches it or a folder that it is in decides. */
export function isSent(path: string): boolean {
  const parts = path.split("/");
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  const last = ignore.findLast(({ glob, matches, isSend }) => {
    // A folder is looked into when something in it may be sent.
    return folders.some((folder) => matches.test(folder)) || (isSend && glob.startsWith(`${path}/`));
  });
  return last === undefined || last.isSend;
}

/** The paths in a directory, without its packages. */
export function filesUnder(directory: string): string[] {
  return globSync("**", { cwd: directory, exclude: (path) => path.startsWith("node_modules") }).sort();
}
