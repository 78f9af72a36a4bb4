import { globSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { root, sourceFiles, tableUnder, textOf } from "./repository.ts";

/** Writes that lie elsewhere on purpose. */
const exceptions = [
  "src/db/outbox.ts: outbox_events", // its owner's file: every transaction ends there
  "src/db/keep-outbox-order.ts: outbox_events", // as well: its order outlives the database server
  "src/domain/messaging/messages-store.ts: outbox_events", // new messages and their events, in one statement
  "src/db/migrate/force-migration.ts: audit_log", // below the module that owns it
];

/** The owner of each table: the name of the file in `prisma/schema` that has it. */
function tableOwners(): Map<string, string> {
  const owners = new Map<string, string>();
  for (const path of globSync("prisma/schema/*.prisma", { cwd: root })) {
    for (const [, body = ""] of textOf(path).matchAll(/^model \w+ \{([\s\S]*?)^\}/gm)) {
      const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? "";
      const schema = /@@schema\("(\w+)"\)/.exec(body)?.[1] ?? "";
      owners.set(schema === "public" ? table : `${schema}.${table}`, basename(path, ".prisma"));
    }
  }
  return owners;
}

const write =
  /\b(?:INSERT INTO|DELETE FROM|MERGE INTO|TRUNCATE(?: TABLE)?|(?<!\bFOR |\bKEY |\bDO )UPDATE)\s+(?:ONLY\s+)?(\$\{|"?[a-z_]+"?(?:\."?[a-z_]+"?)?)/g;

/** The tables that a text of SQL writes to; `${` for one whose name the text does not tell. */
function tablesWritten(sql: string): string[] {
  return [...sql.matchAll(write)].map(([, table = ""]) => table.replaceAll('"', "").replace(/^public\./, ""));
}

describe("a table is written in its owner's stores and nowhere else", () => {
  const owners = tableOwners();
  const writes = sourceFiles().flatMap((path) =>
    tablesWritten(textOf(path)).map((table) => ({ path, table, owner: owners.get(table) })),
  );

  it("in all the SQL of the program", () => {
    const strangers = writes
      .filter(({ path, owner }) => {
        const home = owner === "matrix" ? "src/matrix/" : `src/domain/${owner ?? ""}/`;
        return owner === undefined || !path.startsWith(home) || !/(?:^|[/-])store[.]ts$/.test(path);
      })
      .map(({ path, table }) => `${path}: ${table}`)
      .filter((stranger) => !exceptions.includes(stranger))
      // The history of migrations is Prisma's table, whose name is in a constant.
      .filter((stranger) => !/^src\/db\/migrate\/.*: \$\{$/.test(stranger));
    expect(strangers).toEqual([]);
    expect(writes.length).toBeGreaterThan(50);
  });

  it("and not through Prisma's models", () => {
    const models = /\bdb\.\w+\.(?:create|update|upsert|delete)\w*\(/;
    expect(sourceFiles().filter((path) => models.test(textOf(path)))).toEqual([]);
  });

  it("exceptions are needed", () => {
    const all = writes.map(({ path, table }) => `${path}: ${table}`);
    expect(all).toEqual(expect.arrayContaining(exceptions));
  });

  it("the reader of SQL finds writes and takes nothing else for one", () => {
    expect(
      tablesWritten(`WITH x AS (INSERT INTO matrix.edits (a) SELECT 1 ON CONFLICT DO UPDATE SET a = 1)
        UPDATE ONLY "public"."users" u SET a = 1; DELETE FROM messages; TRUNCATE TABLE tasks;
        SELECT * FROM channels FOR UPDATE SKIP LOCKED; SELECT 1 FROM agents FOR NO KEY UPDATE OF agents`),
    ).toEqual(["matrix.edits", "users", "messages", "tasks"]);
  });
});

describe("ARCHITECTURE.md", () => {
  it("names each table's owner", () => {
    const told = new Map(
      tableUnder(textOf("ARCHITECTURE.md"), "Who owns which table").flatMap(([owner = "", tables = ""]) =>
        [...tables.matchAll(/`([a-z_.]+)`/g)].map(
          ([, table = ""]) => [table, owner.replaceAll("`", "")] as const,
        ),
      ),
    );
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(tableOwners()));
  });
});
