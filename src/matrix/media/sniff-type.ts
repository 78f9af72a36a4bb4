/** What a file is by its first bytes, whatever anybody says it is. */
export interface SniffedType {
  readonly type: string;
  /** Whether a browser may show it in place: pictures, sound and film, which cannot carry programs. */
  readonly inline: boolean;
}

/** So many bytes are enough to tell. */
export const sniffedBytes = 64;

const unknown: SniffedType = { type: "application/octet-stream", inline: false };

/** Bytes at a place, in hexadecimal; source: WHATWG MIME Sniffing, and the formats' own specifications. */
const signatures: readonly (readonly [string, number, string])[] = [
  ["image/png", 0, "89504e470d0a1a0a"],
  ["image/jpeg", 0, "ffd8ff"],
  ["image/gif", 0, "474946383761"],
  ["image/gif", 0, "474946383961"],
  ["audio/flac", 0, "664c6143"],
  ["audio/ogg", 0, "4f67675300"],
  ["audio/mpeg", 0, "494433"],
  ["video/webm", 0, "1a45dfa3"],
];
const attachments: readonly (readonly [string, number, string])[] = [
  ["application/pdf", 0, "255044462d"],
  ["application/zip", 0, "504b0304"],
  ["application/gzip", 0, "1f8b08"],
];
const riffTypes: Readonly<Record<string, string>> = { WEBP: "image/webp", WAVE: "audio/wav" };

export function sniffType(head: Buffer): SniffedType {
  const shown = signatures.find((signature) => fits(head, signature));
  const type = shown?.[0] ?? riffTypeOf(head) ?? isoTypeOf(head) ?? mpegTypeOf(head);
  if (type !== undefined) return { type, inline: true };
  const kept = attachments.find((signature) => fits(head, signature));
  return kept === undefined ? unknown : { type: kept[0], inline: false };
}

function fits(head: Buffer, [, place, bytes]: readonly [string, number, string]): boolean {
  return head.subarray(place, place + bytes.length / 2).toString("hex") === bytes;
}

function riffTypeOf(head: Buffer): string | undefined {
  if (head.toString("latin1", 0, 4) !== "RIFF") return undefined;
  const form = head.toString("latin1", 8, 12);
  return Object.hasOwn(riffTypes, form) ? riffTypes[form] : undefined;
}

/** ISO base media (ISO/IEC 14496-12): the brand tells film from sound and pictures. */
function isoTypeOf(head: Buffer): string | undefined {
  if (head.toString("latin1", 4, 8) !== "ftyp") return undefined;
  const brand = head.toString("latin1", 8, 12);
  if (brand === "avif" || brand === "avis") return "image/avif";
  if (brand.startsWith("M4A")) return "audio/mp4";
  return /^(?:isom|iso[2-9]|mp4[12]|avc1|M4V |dash|MSNV|qt {2})$/.test(brand) ? "video/mp4" : undefined;
}

/** An MPEG audio frame without a tag before it: eleven bits of ones, layer III. */
function mpegTypeOf(head: Buffer): string | undefined {
  const [first = 0, second = 0] = head;
  return first === 0xff && (second & 0xe6) === 0xe2 ? "audio/mpeg" : undefined;
}
