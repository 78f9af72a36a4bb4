/** How large a picture is, in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The size of a PNG, GIF or JPEG by its beginning; undefined when that does not say. */
export function pictureSize(contentType: string, head: Buffer): PictureSize | undefined {
  const size = readers[contentType]?.(head);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

const readers: Readonly<Record<string, ((head: Buffer) => PictureSize | undefined) | undefined>> = {
  "image/png": (head) =>
    head.length < 24 ? undefined : { width: head.readUInt32BE(16) | 0, height: head.readUInt32BE(20) | 0 },
  "image/gif": (head) =>
    head.length < 10 ? undefined : { width: head.readUInt16LE(6), height: head.readUInt16LE(8) },
  "image/jpeg": jpegSize,
};

/** Goes from segment to segment until one says how the picture is coded (ITU-T T.81, annex B). */
function jpegSize(head: Buffer): PictureSize | undefined {
  for (let at = 2; at + 9 <= head.length && head[at] === 0xff; ) {
    const marker = head[at + 1] ?? 0;
    if (isFrame(marker)) return { width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    at += 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
