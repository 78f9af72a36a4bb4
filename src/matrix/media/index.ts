/**
 * Files in Matrix: their addresses, and how they are fetched.
 * Always true: an address is checked before it becomes part of a URL, the token goes to the homeserver alone, and no file
 * is ever whole in memory or on our disk.
 */
export { type MediaOptions, mediaFrom, type OpenedMedia, type WantedMedia } from "./open-media.ts";
