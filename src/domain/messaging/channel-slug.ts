import { hash } from "node:crypto";

/** What a slug looks like: letters, digits and single dashes, safe in a URL, at most 64 characters. */
const slugPattern = /^[a-z0-9](?:-?[a-z0-9])*$/;
const longest = 64;

export function isSlug(text: string): boolean {
  return text.length <= longest && slugPattern.test(text);
}

/** The slug of a channel whose room is not known yet. It follows from the room id alone, so every attempt finds the same. */
export function provisionalSlug(roomId: string): string {
  return `room-${hash("sha256", roomId, "hex").slice(0, 12)}`;
}

/**
 * The slug that a room asks for: the localpart of its canonical alias, else its name, made URL-safe. Undefined when
 * neither holds a letter or digit that a slug can keep.
 */
export function slugOf(room: {
  readonly alias: string | null;
  readonly name: string | null;
}): string | undefined {
  const localpart = room.alias === null ? "" : (/^#([^:]*):/.exec(room.alias)?.[1] ?? "");
  return urlSafe(localpart) ?? urlSafe(room.name ?? "");
}

/** `wanted`, or `wanted-2`, `wanted-3`, … : the first that nobody has. */
export function firstFreeSlug(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    const slug = `${wanted.slice(0, longest - suffix.length).replace(/-$/, "")}${suffix}`;
    if (!taken.has(slug)) return slug;
  }
}

/** Accents are taken off, everything else that a URL would have to escape becomes a dash. */
function urlSafe(text: string): string | undefined {
  const slug = text
    .slice(0, 1000)
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, longest)
    .replace(/^-|-$/g, "");
  return slug === "" ? undefined : slug;
}
