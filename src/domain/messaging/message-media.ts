import { at, integerAt, isObject, type JsonObject, stringAt } from "../../kernel/json.ts";

/** A file of a message. What there is to know of it is what its sender said. */
export interface MessageMedia {
  readonly kind: string;
  readonly filename: string | null;
  /** Where it is; null when it is nowhere. */
  readonly mxc: string | null;
  readonly thumbnailMxc: string | null;
  /** Only those who have its keys can read it; they are in Matrix. */
  readonly encrypted: boolean;
  readonly mimetype: string | null;
  readonly size: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number | null;
}

const fileKinds: ReadonlySet<string> = new Set(["image", "video", "audio", "voice", "file", "sticker"]);

/** The files of a message, as `messages.kind` and `messages.metadata` tell them: several in a gallery. */
export function mediaOf(kind: string, metadata: object | null): MessageMedia[] {
  if (fileKinds.has(kind)) return isObject(metadata) ? [mediaFile(kind, metadata)] : [];
  const items = kind === "gallery" ? at(metadata, "items") : undefined;
  return (Array.isArray(items) ? items : [])
    .filter(isObject)
    .map((item) => mediaFile(stringAt(item, "kind") ?? "file", item));
}

function mediaFile(kind: string, metadata: JsonObject): MessageMedia {
  return {
    kind,
    filename: stringAt(metadata, "filename") ?? null,
    mxc: stringAt(metadata, "mxc") ?? null,
    thumbnailMxc: stringAt(metadata, "thumbnail_mxc") ?? null,
    encrypted: at(metadata, "encrypted_file") === true,
    mimetype: stringAt(metadata, "mimetype") ?? null,
    size: integerAt(metadata, "size") ?? null,
    width: integerAt(metadata, "width") ?? null,
    height: integerAt(metadata, "height") ?? null,
    durationMs: integerAt(metadata, "duration_ms") ?? null,
  };
}
