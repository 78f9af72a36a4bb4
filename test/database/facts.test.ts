import { beforeAll, describe, expect, it } from "vitest";
import { type CatalogTable, readCatalog } from "../../scripts/erd/catalog.ts";
import { openMigratedDatabase } from "../../scripts/erd/migrated-database.ts";
import { alwaysSet, notStored, type SourceTable, sourceTables } from "./source-facts.ts";

let catalog: CatalogTable[];

beforeAll(async () => {
  const database = await openMigratedDatabase();
  catalog = await readCatalog(async (sql) => (await database.query(sql)).rows, ["public", "matrix"]);
  await database.close();
});

describe.each(sourceTables)("$table is as source $source says", (facts) => {
  it("has its columns with their types, nulls and defaults", () => {
    const { columns } = tableNamed(facts.table);
    const found = columns.filter(({ name }) => name in facts.columns).map(describeColumn);
    expect(Object.fromEntries(found)).toEqual(expectedColumns(facts));
  });

  it("has its primary key, and its ids have their prefix", () => {
    const { constraints } = tableNamed(facts.table);
    expect(constraints.find(({ kind }) => kind === "primary key")?.columns).toEqual(facts.primaryKey);
    const prefixes = constraints.flatMap(
      ({ definition }) => /starts_with\(\w+, '(\w+)'/.exec(definition)?.[1] ?? [],
    );
    expect(prefixes).toEqual(facts.prefix === undefined ? [] : [facts.prefix]);
  });

  it("holds its unique columns unique", () => {
    const { constraints } = tableNamed(facts.table);
    const found = constraints.filter(({ kind }) => kind === "unique").map(({ columns }) => columns);
    expect(found).toEqual(expect.arrayContaining(facts.unique ?? []));
  });

  it("takes the listed values and no others", () => {
    const found = Object.keys(facts.values ?? {}).map((column) => [column, valuesOf(facts.table, column)]);
    expect(Object.fromEntries(found)).toEqual(facts.values ?? {});
  });

  it("refers to what it belongs to, with the source's rule for deleting", () => {
    const { constraints } = tableNamed(facts.table);
    const found = constraints
      .filter(({ kind, columns }) => kind === "foreign key" && columns.join() in facts.columns)
      .map(({ columns, target, targetColumns, onDelete }) => [
        columns.join(),
        `${String(target).replace(/^public\./, "")}.${targetColumns.join()}${onDelete === "no action" ? "" : ` ${String(onDelete)}`}`,
      ]);
    expect(Object.fromEntries(found)).toEqual(facts.foreignKeys ?? {});
  });

  it("has its indexes and its rules", () => {
    const { indexes, constraints } = tableNamed(facts.table);
    const missing = (facts.indexes ?? []).filter(
      (columns) =>
        !indexes.some((index) => columns.every((column, position) => index.columns[position] === column)),
    );
    expect(missing).toEqual([]);
    expect(constraints.map(({ definition }) => definition)).toEqual(
      expect.arrayContaining(facts.rules ?? []),
    );
  });
});

describe("the whole database", () => {
  it("leaves to the homeserver what is the homeserver's", () => {
    const names = catalog.map(({ name }) => name);
    expect(names.filter((name) => notStored.includes(name))).toEqual([]);
  });

  it("says of every table and column what it holds", () => {
    const silent = catalog.flatMap((table) => [
      ...(table.comment ? [] : [table.name]),
      ...table.columns.filter(({ comment }) => !comment).map(({ name }) => `${table.name}.${name}`),
    ]);
    expect(silent).toEqual([]);
  });

  it("has an index for every foreign key", () => {
    const bare = catalog.flatMap(({ name, constraints, indexes }) =>
      constraints
        .filter(({ kind }) => kind === "foreign key")
        .filter(
          ({ columns }) =>
            !indexes.some((index) => columns.every((column, at) => index.columns[at] === column)),
        )
        .map((key) => `${name}.${key.columns.join()}`),
    );
    expect(bare).toEqual([]);
  });

  it("never counts money or anything else in floats", () => {
    const floats = catalog.flatMap(({ name, columns }) =>
      columns.filter(({ type }) => /real|double/.test(type)).map((column) => `${name}.${column.name}`),
    );
    expect(floats).toEqual([]);
  });

  it("keeps every point in time with its zone", () => {
    const types = new Set(catalog.flatMap(({ columns }) => columns.map(({ type }) => type)));
    expect(
      [...types].filter((type) => /^date$|^time/.test(type) && !/^timestamptz(?:\[\])?$/.test(type)),
    ).toEqual([]);
  });

  it("finds co-memory by cosine distance through HNSW", () => {
    const index = tableNamed("comemory_items").indexes.find(({ columns }) => columns.includes("embeddings"));
    expect(index).toMatchObject({ method: "hnsw", predicate: null });
  });

  it("has no more indexes on events than following them, and blanking channels, needs", () => {
    const { indexes } = tableNamed("outbox_events");
    expect(indexes.map(({ columns, predicate }) => [columns.join(), predicate !== null]).sort()).toEqual([
      ["event_key", true],
      ["id", false],
      ["txid", false],
    ]);
  });
});

function tableNamed(name: string): CatalogTable {
  const found = catalog.find((table) => table.schema === "public" && table.name === name);
  expect(found, `table ${name}`).toBeDefined();
  return found!;
}

function describeColumn(column: CatalogTable["columns"][number]): [string, string] {
  return [column.name, `${column.type}${column.notNull ? " not null" : ""}${plainDefault(column.default)}`];
}

/** Numbers from a sequence are ours, not the sources': their default is not compared. */
function plainDefault(expression: string | null): string {
  return expression === null || expression.includes("nextval") ? "" : ` default ${expression}`;
}

function expectedColumns(facts: SourceTable): Record<string, string> {
  const entries = Object.entries(facts.columns).map(([name, says]) => {
    const set = facts.primaryKey.includes(name) || alwaysSet.includes(name);
    const [, type, notNull, rest] = /^(\S+)( not null)?(.*)$/.exec(says)!;
    return [name, `${type!}${set || notNull ? " not null" : ""}${rest!}`];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The values a check allows for one column, in the order they are written. */
function valuesOf(table: string, column: string): string[] {
  const check = tableNamed(table).constraints.find(
    ({ kind, columns, definition }) =>
      kind === "check" && columns.join() === column && definition.includes("ARRAY["),
  );
  return [...(check?.definition ?? "").matchAll(/'([^']*)'::text/g)].map((match) => match[1]!);
}
