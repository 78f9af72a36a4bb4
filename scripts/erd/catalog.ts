/** Sends one statement without parameters and gives its rows. */
export type Query = (sql: string) => Promise<unknown[]>;

export interface CatalogTable {
  schema: string;
  name: string;
  comment: string | null;
  columns: CatalogColumn[];
  constraints: CatalogConstraint[];
  indexes: CatalogIndex[];
}

export interface CatalogColumn {
  name: string;
  /** As PostgreSQL writes it, `timestamptz` for short. */
  type: string;
  notNull: boolean;
  /** The default's expression; null when there is none. */
  default: string | null;
  identity: boolean;
  comment: string | null;
}

export interface CatalogConstraint {
  name: string;
  kind: "primary key" | "unique" | "foreign key" | "check";
  columns: string[];
  definition: string;
  /** Of a foreign key: the table it points at, as `schema.table`. */
  target: string | null;
  targetColumns: string[];
  onDelete: "no action" | "restrict" | "cascade" | "set null" | "set default" | null;
}

export interface CatalogIndex {
  name: string;
  columns: string[];
  unique: boolean;
  method: string;
  /** Of a partial index: the rows it holds. */
  predicate: string | null;
  /** Whether a primary key or unique constraint made it. */
  constraint: boolean;
}

type Of<T> = T & Belonging;

interface Belonging {
  schema: string;
  table: string;
}

/**
 * What the database itself says about the tables of some schemas: tables by schema and name, columns in their order,
 * constraints and indexes by name. Tables that the migration runner keeps for itself are left out.
 * Source: pg_catalog, PostgreSQL 15 and later.
 */
export async function readCatalog(query: Query, schemas: readonly string[]): Promise<CatalogTable[]> {
  const within = `n.nspname = ANY ('{${schemas.join(",")}}') AND c.relkind = 'r' AND c.relname !~ '^_'`;
  const tables = (await query(tablesSql(within))) as Of<{ comment: string | null }>[];
  const columns = (await query(columnsSql(within))) as Of<CatalogColumn>[];
  const constraints = (await query(constraintsSql(within))) as Of<CatalogConstraint>[];
  const indexes = (await query(indexesSql(within))) as Of<CatalogIndex>[];
  return tables.map((found) => ({
    schema: found.schema,
    name: found.table,
    comment: found.comment,
    columns: columns.filter(of(found)),
    constraints: constraints.filter(of(found)),
    indexes: indexes.filter(of(found)),
  }));
}

function of(found: Belonging): (row: Belonging) => boolean {
  return (row) => row.schema === found.schema && row.table === found.table;
}

function tablesSql(within: string): string {
  return `
    SELECT n.nspname::text AS schema, c.relname::text AS table, obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${within}
    ORDER BY n.nspname <> 'public', n.nspname, c.relname`;
}

function columnsSql(within: string): string {
  return `
    SELECT n.nspname::text AS schema, c.relname::text AS table, a.attname::text AS name,
           replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz') AS type,
           a.attnotnull AS "notNull", pg_get_expr(d.adbin, d.adrelid) AS "default",
           a.attidentity <> '' AS identity, col_description(c.oid, a.attnum) AS comment
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE ${within}
    ORDER BY n.nspname, c.relname, a.attnum`;
}

function constraintsSql(within: string): string {
  return `
    SELECT n.nspname::text AS schema, c.relname::text AS table, k.conname::text AS name,
           CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique'
                          WHEN 'f' THEN 'foreign key' ELSE 'check' END AS kind,
           ${names("k.conrelid", "k.conkey")} AS columns,
           pg_get_constraintdef(k.oid) AS definition,
           tn.nspname || '.' || t.relname AS target,
           ${names("k.confrelid", "k.confkey")} AS "targetColumns",
           CASE WHEN k.contype = 'f' THEN CASE k.confdeltype
             WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade'
             WHEN 'n' THEN 'set null' ELSE 'set default' END END AS "onDelete"
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class t ON t.oid = k.confrelid
    LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    WHERE ${within} AND k.contype IN ('p', 'u', 'f', 'c')
    ORDER BY n.nspname, c.relname, k.conname`;
}

function indexesSql(within: string): string {
  return `
    SELECT n.nspname::text AS schema, c.relname::text AS table, x.relname::text AS name,
           ${names("i.indrelid", "i.indkey")} AS columns, i.indisunique AS unique, m.amname::text AS method,
           pg_get_expr(i.indpred, i.indrelid) AS predicate,
           EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u')) AS "constraint"
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class x ON x.oid = i.indexrelid
    JOIN pg_am m ON m.oid = x.relam
    WHERE ${within}
    ORDER BY n.nspname, c.relname, x.relname`;
}

/** The names behind an array of column numbers, in that array's order. */
function names(table: string, numbers: string): string {
  return `ARRAY(
             SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS u (number, position)
             JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = u.number ORDER BY u.position)`;
}
