/**
 * Files in Matrix: their addresses, how they are fetched and how they get there.
 * Always true: an address is checked before it becomes part of a URL, the token goes to the homeserver alone, no file is
 * ever whole in memory, and on our disk only while it is uploaded.
 */
export { uploadTooLarge } from "./errors.ts";
export { type MediaOptions, mediaFrom, type OpenedMedia, type WantedMedia } from "./open-media.ts";
export { type UploadOptions, uploadsTo, type WantedUpload } from "./upload-media.ts";
export { type HashedFile, type UploadDeps, uploadOnce } from "./upload-once.ts";
