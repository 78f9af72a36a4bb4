import { z } from "zod";
import { type MessageMedia, mediaOf } from "../../domain/messaging/index.ts";

/** Makes links for the holder of one key. */
export type LinkTo = (messageId: string, item: number) => string;

export const mediaSchema = z
  .object({
    kind: z.string().meta({ examples: ["image", "video", "file"] }),
    url: z
      .string()
      .nullable()
      .meta({
        description:
          "Gives the file without an access key, for about an hour and as long as the key that asked is good. Relative to " +
          "this server. Null when the file is nowhere or encrypted: its keys stay in Matrix.",
      }),
    thumbnailUrl: z.string().nullable().meta({ description: "The same, 320 pixels wide or high at most." }),
    filename: z.string().nullable(),
    mimetype: z.string().nullable().meta({ description: "What the sender says, as the rest." }),
    size: z.int().nullable().meta({ description: "Bytes." }),
    width: z.int().nullable(),
    height: z.int().nullable(),
    durationMs: z.int().nullable(),
    encrypted: z.boolean(),
  })
  .meta({ id: "Media" });

const thumbnailQuery = "&width=320&height=320&method=scale";
const pictured: ReadonlySet<string> = new Set(["image", "sticker"]);

/** The files of a message, with links for whoever asked. */
export function presentMedia(
  { id, kind, metadata }: { id: string; kind: string; metadata: object | null },
  linkTo: LinkTo,
): z.infer<typeof mediaSchema>[] {
  return mediaOf(kind, metadata).map((media, item) => {
    const url = media.mxc === null || media.encrypted ? null : linkTo(id, item);
    const { kind: itemKind, filename, mimetype, size, width, height, durationMs, encrypted } = media;
    const thumbnailUrl = url !== null && hasThumbnail(media) ? url + thumbnailQuery : null;
    return {
      kind: itemKind,
      url,
      thumbnailUrl,
      filename,
      mimetype,
      size,
      width,
      height,
      durationMs,
      encrypted,
    };
  });
}

function hasThumbnail({ kind, thumbnailMxc }: MessageMedia): boolean {
  return pictured.has(kind) || thumbnailMxc !== null;
}
