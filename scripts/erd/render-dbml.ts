import type { CatalogColumn, CatalogConstraint, CatalogIndex, CatalogTable } from "./catalog.ts";

const heading = `// The database, as the migrations make it. Written by scripts/erd.ts: do not edit.
// Paste it into https://dbdiagram.io/d to see it drawn.

Project microdao {
  database_type: 'PostgreSQL'
}
`;

/** The tables as DBML: columns with their types and notes, indexes, and one reference for each foreign key. */
export function renderDbml(tables: readonly CatalogTable[]): string {
  const references = tables.flatMap((table) =>
    table.constraints.flatMap((key) => reference(table, key) ?? []),
  );
  return `${[heading, ...tables.map(tableBlock)].join("\n")}\n${references.join("\n")}\n`;
}

function tableBlock(table: CatalogTable): string {
  const lines = table.columns.map(
    (column) => `  ${column.name} ${dbmlType(column)}${settings(columnSettings(table, column))}`,
  );
  const indexes = indexLines(table);
  if (indexes.length > 0) lines.push("", "  indexes {", ...indexes, "  }");
  if (table.comment !== null) lines.push("", `  Note: ${quoted(table.comment)}`);
  return `Table ${qualified(table)} {\n${lines.join("\n")}\n}\n`;
}

function dbmlType({ type }: CatalogColumn): string {
  return /^[\w(),[\]]+$/.test(type) ? type : `"${type}"`;
}

function columnSettings(table: CatalogTable, column: CatalogColumn): string[] {
  const found: string[] = [];
  if (isKey(table, "primary key", column)) found.push("pk");
  else if (column.notNull) found.push("not null");
  if (isKey(table, "unique", column)) found.push("unique");
  if (column.identity) found.push("increment");
  if (column.default !== null) found.push(`default: \`${column.default}\``);
  if (column.comment !== null) found.push(`note: ${quoted(column.comment)}`);
  return found;
}

/** Whether this column alone is the primary key, or is unique by itself. */
function isKey(table: CatalogTable, kind: CatalogConstraint["kind"], column: CatalogColumn): boolean {
  return table.constraints.some(
    (key) => key.kind === kind && key.columns.length === 1 && key.columns[0] === column.name,
  );
}

function indexLines(table: CatalogTable): string[] {
  const primary = table.constraints.find((key) => key.kind === "primary key")?.name;
  return table.indexes
    .filter((index) => index.columns.length > 1 || !index.constraint)
    .map((index) => `    ${indexColumns(index)}${settings(indexSettings(index, primary))}`);
}

function indexColumns({ columns }: CatalogIndex): string {
  return columns.length === 1 ? columns.join() : `(${columns.join(", ")})`;
}

function indexSettings(index: CatalogIndex, primary: string | undefined): string[] {
  if (index.name === primary) return ["pk"];
  const found = index.unique ? ["unique"] : [];
  found.push(`name: ${quoted(index.name)}`);
  const notes = [
    index.method === "btree" ? [] : index.method,
    index.predicate ? `only where ${index.predicate}` : [],
  ];
  const note = notes.flat().join("; ");
  if (note !== "") found.push(`note: ${quoted(note)}`);
  return found;
}

/** `-` where each row is pointed at by one row at most, else `>`. */
function reference(table: CatalogTable, key: CatalogConstraint): string | undefined {
  if (key.kind !== "foreign key" || key.target === null) return undefined;
  const single = table.constraints.some(
    (other) =>
      (other.kind === "unique" || other.kind === "primary key") && sameSet(other.columns, key.columns),
  );
  const from = `${qualified(table)}.${columnList(key.columns)}`;
  const to = `${key.target.replace(/^public\./, "")}.${columnList(key.targetColumns)}`;
  return `Ref: ${from} ${single ? "-" : ">"} ${to}${key.onDelete === "no action" ? "" : ` [delete: ${key.onDelete}]`}`;
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

function columnList(columns: readonly string[]): string {
  return columns.length === 1 ? columns.join() : `(${columns.join(", ")})`;
}

function qualified({ schema, name }: CatalogTable): string {
  return schema === "public" ? name : `${schema}.${name}`;
}

function settings(list: readonly string[]): string {
  return list.length === 0 ? "" : ` [${list.join(", ")}]`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
