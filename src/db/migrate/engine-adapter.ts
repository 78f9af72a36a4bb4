import {
  type ColumnType,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import { type Client, types } from "pg";
import { bug } from "../../kernel/errors.ts";

/**
 * Lets Prisma's schema engine speak through one connection of ours, inside whatever transaction is open on it.
 * `@prisma/adapter-pg` is of no use here: it splits scripts at every `;`, also within `$$` bodies; it takes connections
 * from a pool, where the engine would leave our transaction; and it does not know the catalogue's type `"char"`, so
 * that every diff fails with "Column type 'char' could not be deserialized".
 */
export function engineAdapter(client: Client, onError: (error: unknown) => void): SqlDriverAdapter {
  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      onError(error);
      throw error;
    }
  };
  return {
    provider: "postgres",
    adapterName: "microdao-migrate",
    queryRaw: (query) => watched(() => queryRaw(client, query)),
    executeRaw: ({ sql, args }) => watched(async () => (await client.query(sql, args)).rowCount ?? 0),
    executeScript: (script) =>
      watched(async () => {
        await client.query(script);
      }),
    startTransaction: () => Promise.reject(bug("the schema engine runs within a transaction of the runner")),
    getConnectionInfo: () => ({ schemaName: "public", supportsRelationJoins: true }),
    dispose: () => Promise.resolve(),
  };
}

async function queryRaw(client: Client, { sql, args }: SqlQuery): Promise<SqlResultSet> {
  const result = await client.query<unknown[], unknown[]>({
    text: sql,
    values: args,
    rowMode: "array",
    types: { getTypeParser: parserOf as typeof types.getTypeParser },
  });
  return {
    columnNames: result.fields.map((field) => field.name),
    columnTypes: result.fields.map((field) => columnTypes.get(field.dataTypeID) ?? ColumnTypeEnum.Text),
    rows: result.rows,
  };
}

/** The types that the catalogue and the history have, by oid (pg_type.dat); the engine reads all others as text. */
const columnTypes = new Map<number, ColumnType>([
  [16, ColumnTypeEnum.Boolean],
  [18, ColumnTypeEnum.Character],
  [20, ColumnTypeEnum.Int64],
  [21, ColumnTypeEnum.Int32],
  [23, ColumnTypeEnum.Int32],
  [26, ColumnTypeEnum.Int64],
  [700, ColumnTypeEnum.Float],
  [701, ColumnTypeEnum.Double],
  [1002, ColumnTypeEnum.TextArray],
  [1003, ColumnTypeEnum.TextArray],
  [1005, ColumnTypeEnum.Int32Array],
  [1007, ColumnTypeEnum.Int32Array],
  [1009, ColumnTypeEnum.TextArray],
  [1015, ColumnTypeEnum.TextArray],
  [1114, ColumnTypeEnum.DateTime],
  [1184, ColumnTypeEnum.DateTime],
]);

/** Plain values as the engine wants them: times as ISO text with offset (the session is in UTC), numbers, arrays, text. */
const parsers = new Map<number, (text: string) => unknown>([
  [16, (text) => text === "t"],
  [21, Number],
  [23, Number],
  [700, Number],
  [701, Number],
  [1005, (text) => arrayOf(text).map(Number)],
  [1007, (text) => arrayOf(text).map(Number)],
  [1002, arrayOf],
  [1003, arrayOf],
  [1009, arrayOf],
  [1015, arrayOf],
  [1114, isoTime],
  [1184, isoTime],
]);

function parserOf(oid: number): (text: string) => unknown {
  return parsers.get(oid) ?? String;
}

/** The elements of a PostgreSQL array of one dimension, read as pg reads a text[] (oid 1009). */
function arrayOf(text: string): string[] {
  const textArray: number = 1009;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum of pg-types has no array types
  return (types.getTypeParser(textArray) as (literal: string) => string[])(text);
}

function isoTime(text: string): string {
  return `${text.replace(" ", "T").replace(/[+-]\d{2}$/, "")}+00:00`;
}
