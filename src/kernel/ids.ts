import { hash, randomBytes } from "node:crypto";

/** The prefixes that ids carry outside the database. ERD rows are uuids inside; the rest is stored as shown. */
export type IdPrefix =
  | "u"
  | "md"
  | "t"
  | "c"
  | "m"
  | "snd"
  | "f"
  | "doc"
  | "p"
  | "task"
  | "ag"
  | "agc"
  | "abp"
  | "run"
  | "ses"
  | "sched"
  | "call"
  | "comem"
  | "ak"
  | "cap"
  | "bundle"
  | "rwa"
  | "emb"
  | "hook"
  | "dlv"
  | "evt"
  | "dl"
  | "aud";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const valueOf = new Map(Array.from(alphabet, (character, index) => [character, BigInt(index)] as const));
const maxUuid = (1n << 128n) - 1n;
const suffixPattern = /^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/;

/**
 * A TypeID (`m_01h455vb4pex5vsknk084sn02q`) of a uuid: 26 characters of Crockford's base32, sortable as the uuid is.
 * Source: the TypeID specification 0.3.
 */
export function encodeId(prefix: IdPrefix, uuid: string): string {
  return `${prefix}_${suffixOf(uuid)}`;
}

/** The uuid of a TypeID, or undefined when `text` is not one with this prefix. */
export function decodeId(prefix: IdPrefix, text: string): string | undefined {
  if (!text.startsWith(`${prefix}_`)) return undefined;
  const suffix = text.slice(prefix.length + 1);
  if (!suffixPattern.test(suffix)) return undefined;
  let value = 0n;
  for (const character of suffix) value = (value << 5n) | (valueOf.get(character) ?? 0n);
  if (value > maxUuid) return undefined;
  return withDashes(value.toString(16).padStart(32, "0"));
}

/** A new UUIDv7 (RFC 9562 §5.7): milliseconds since 1970, then random bits, so that rows are inserted at the index's right edge. */
export function newUuid(now: Date): string {
  return uuidV7(now.getTime(), randomBytes(10).toString("hex"));
}

/** A new TypeID for tables that keep text keys. */
export function newId(prefix: IdPrefix, now: Date): string {
  return encodeId(prefix, newUuid(now));
}

/**
 * The UUIDv7 that a Matrix event's row has, whoever writes it and however often: time from `originServerTs`
 * (milliseconds, clamped to 48 bits), the other bits from a SHA-256 of the key.
 */
export function uuidOf(originServerTs: number, key: string): string {
  return uuidV7(originServerTs, hash("sha256", key));
}

/** A UUID made of nothing but a name (RFC 9562 §5.8, version 8): the same name gives the same id for ever. */
export function uuidOfName(name: string): string {
  const digest = hash("sha256", name);
  return uuidWith(8, digest.slice(0, 12), digest.slice(12));
}

function uuidV7(milliseconds: number, tail: string): string {
  const time = Math.min(Math.max(Math.trunc(milliseconds) || 0, 0), 0xffff_ffff_ffff);
  return uuidWith(7, time.toString(16).padStart(12, "0"), tail);
}

/** 12 hexadecimal digits, then at least 20, six bits of which make room for the version and the variant. */
function uuidWith(version: 7 | 8, head: string, tail: string): string {
  const variant = ((Number.parseInt(tail.charAt(4), 16) & 3) | 8).toString(16);
  return withDashes(`${head}${version}${tail.slice(1, 4)}${variant}${tail.slice(5, 20)}`);
}

function withDashes(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Two digits of base32 for ten bits. */
const digitPairs = Array.from(
  { length: 1024 },
  (_, bits) => alphabet.charAt(bits >> 5) + alphabet.charAt(bits & 31),
);
const [dash, nine] = ["-".charCodeAt(0), "9".charCodeAt(0)];

/** Two zero bits, then the 128 bits, ten at a time. Written out on numbers: this runs for every event. */
function suffixOf(uuid: string): string {
  let text = "";
  let bits = 2;
  let value = 0;
  for (let at = 0; at < uuid.length; at += 1) {
    const code = uuid.charCodeAt(at);
    if (code === dash) continue;
    value = (value << 4) | (code <= nine ? code - 48 : (code | 32) - 87);
    bits += 4;
    if (bits < 10) continue;
    bits -= 10;
    text += digitPairs[value >> bits] ?? "";
    value &= (1 << bits) - 1;
  }
  return text;
}
