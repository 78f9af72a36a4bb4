import pg from "pg";
import { Prisma } from "./generated/client.ts";

type Parse = (text: string) => unknown;

const textArray = 1009;
const { builtins } = pg.types;
/** The driver's types know its own oids only; it takes any. */
const driverParserOf = pg.types.getTypeParser as unknown as (oid: number, format?: string) => Parse;
const timestamptzArray = 1185;
const int8Array = 1016;
const numericArray = 1231;
const byteaArray = 1001;
const parseTexts = driverParserOf(textArray) as (text: string) => (string | null)[];

const parseBytes: Parse = (text) => Uint8Array.from(driverParserOf(builtins.BYTEA)(text) as Buffer);
/** Sessions are in UTC. */
const parseTime: Parse = (text) => new Date(`${text.replace(" ", "T").replace(/[+-]\d{2}(:\d{2})?$/, "")}Z`);
const parseInteger: Parse = (text) => BigInt(text);
const parseNumeric: Parse = (text) => new Prisma.Decimal(text);

/** What differs from the driver's own reading, so that a statement gives the same inside and outside a transaction. */
const parsers = new Map<number, Parse>([
  [builtins.INT8, parseInteger],
  [int8Array, each(parseInteger)],
  [builtins.NUMERIC, parseNumeric],
  [numericArray, each(parseNumeric)],
  [builtins.TIMESTAMPTZ, parseTime],
  [builtins.TIMESTAMP, parseTime],
  [timestamptzArray, each(parseTime)],
  [builtins.DATE, (text) => new Date(text)],
  [builtins.BYTEA, parseBytes],
  [byteaArray, each(parseBytes)],
]);

/** How a value of this type is read; its elements, if it is an array of what is listed here. */
export function parserOf(oid: number, format?: "text" | "binary"): unknown {
  return parsers.get(oid) ?? driverParserOf(oid, format);
}

function each(parse: Parse): Parse {
  return (text) => parseTexts(text).map((element) => (element === null ? null : parse(element)));
}

/** A parameter as the driver takes it. A time goes with its offset, whatever the zone of this process is. */
export function valueOf(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
