import { declareError } from "../../kernel/errors.ts";

type None = Record<string, never>;

export const mediaMissing = declareError<None>(
  "media_not_found",
  "missing",
  () => "The homeserver has no such file, or nobody has it any more.",
);
export const thumbnailMissing = declareError<None>(
  "thumbnail_not_found",
  "missing",
  () => "The homeserver makes no thumbnail of this file.",
);
export const mediaNotYetUploaded = declareError<{ retryAfterSeconds: number }>(
  "media_not_yet_uploaded",
  "unavailable",
  ({ retryAfterSeconds }) => `The file is not there yet. Try again in ${retryAfterSeconds} s.`,
);
export const mediaTooLarge = declareError<{ limitBytes: number | undefined }>(
  "media_too_large",
  "conflict",
  ({ limitBytes }) =>
    limitBytes === undefined
      ? "The file is larger than the homeserver fetches."
      : `The file has more than ${limitBytes} bytes, which is the most that is passed on.`,
);
export const mediaAway = declareError<{ why: string; retryAfterSeconds: number }>(
  "media_unavailable",
  "unavailable",
  ({ why }) => `The homeserver did not give the file: ${why}`,
);
export const mediaTimeout = declareError<{ retryAfterSeconds: number }>(
  "media_timeout",
  "unavailable",
  () => "The homeserver took too long to give the file.",
);
export const uploadTooLarge = declareError<{ limitBytes: number }>(
  "upload_too_large",
  "invalid",
  ({ limitBytes }) => `The file has more than ${limitBytes} bytes, which is the most that is taken.`,
);
