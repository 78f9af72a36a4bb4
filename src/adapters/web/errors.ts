import { declareError } from "../../kernel/errors.ts";

export const pageRefused = declareError<{ why: string }>("page_refused", "forbidden", ({ why }) => why);
export const pageAway = declareError<{ why: string }>(
  "page_away",
  "conflict",
  ({ why }) => `The page could not be read: ${why}`,
);
