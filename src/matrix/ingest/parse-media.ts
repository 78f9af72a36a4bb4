import type { Content, MessageKind } from "../../domain/messaging/index.ts";
import { at, integerAt, isObject, type JsonObject, objectAt, stringAt } from "../../kernel/json.ts";
import { parseMxc } from "../media/mxc.ts";
import { compact, shortString } from "./compact.ts";
import { mentionFields } from "./parse-mentions.ts";
import { previewOf } from "./preview.ts";

const kindOfItem: Readonly<Record<string, MessageKind>> = {
  "m.image": "image",
  "m.video": "video",
  "m.audio": "audio",
  "m.file": "file",
};
/** An event of 64 KiB holds about sixty. */
const maxItems = 60;
const maxWaveform = 100;
/** Source: MSC3245, the greatest height of a waveform. */
const loudest = 1024;

/** A file named for people: its caption if it has one, else its file name. Source: client-server API, "Media captions". */
export function mediaContent(content: JsonObject, kind: MessageKind): Content {
  const { filename, caption } = namesOf(content);
  return {
    kind,
    preview: previewOf(caption || filename || kind),
    metadata: compact({
      ...mediaFile(content),
      voice: kind === "voice" ? true : undefined,
      waveform: kind === "voice" ? waveformOf(content) : undefined,
      ...mentionFields(content),
    }),
  };
}

/** Several files with one caption. Source: MSC4274; `dm.filament.gallery` until it is accepted. */
export function galleryContent(content: JsonObject): Content {
  const listed = at(content, "itemtypes");
  const items = (Array.isArray(listed) ? listed : [])
    .slice(0, maxItems)
    .filter(isObject)
    .map((item) => compact({ kind: itemKind(item), ...mediaFile(item) }));
  const caption = (stringAt(content, "body") ?? "").trim();
  return {
    kind: "gallery",
    preview: previewOf(caption || "gallery"),
    metadata: compact({
      items,
      ...mentionFields(content),
    }),
  };
}

function itemKind(item: JsonObject): MessageKind {
  const type = stringAt(item, "itemtype") ?? "";
  return Object.hasOwn(kindOfItem, type) ? (kindOfItem[type] ?? "file") : "file";
}

function namesOf(content: JsonObject): { filename: string; caption: string } {
  const body = (stringAt(content, "body") ?? "").trim();
  const filename = (stringAt(content, "filename") ?? body).trim();
  return { filename, caption: body === filename ? "" : body };
}

/**
 * Where a file is and what it is said to be. The keys of an encrypted file stay in Matrix. A file that is nowhere is
 * `broken`.
 */
function mediaFile(content: JsonObject): Record<string, unknown> {
  const info = objectAt(content, "info");
  const file = objectAt(content, "file");
  const voice = objectAt(content, "org.matrix.msc1767.audio");
  const mxc = mxcAt(file ?? content, "url");
  return {
    filename: previewOf(namesOf(content).filename) || undefined,
    mxc,
    broken: mxc === undefined ? true : undefined,
    encrypted_file: file === undefined ? undefined : true,
    mimetype: shortString(info, "mimetype"),
    size: countAt(info, "size"),
    width: countAt(info, "w"),
    height: countAt(info, "h"),
    duration_ms: countAt(info, "duration") ?? countAt(voice, "duration"),
    thumbnail_mxc: mxcAt(info, "thumbnail_url"),
  };
}

/** A size or a length; the sender may have written anything. */
function countAt(value: unknown, key: string): number | undefined {
  const count = integerAt(value, key);
  return count !== undefined && count >= 0 ? count : undefined;
}

function mxcAt(value: unknown, key: string): string | undefined {
  const url = stringAt(value, key);
  return url !== undefined && parseMxc(url) !== undefined ? url : undefined;
}

/** How loud a voice message is along its length, at most a hundred values. Source: MSC1767, MSC3245. */
function waveformOf(content: JsonObject): number[] | undefined {
  const heights = at(objectAt(content, "org.matrix.msc1767.audio"), "waveform");
  if (!Array.isArray(heights)) return undefined;
  const step = Math.max(1, Math.ceil(heights.length / maxWaveform));
  const kept = heights.filter((_height, index) => index % step === 0);
  if (kept.length === 0 || !kept.every((height) => typeof height === "number")) return undefined;
  return kept.map((height: number) => Math.round(Math.min(Math.max(height, 0), loudest)));
}
