import { declareError } from "../../kernel/errors.ts";

export const addressRefused = declareError<{ host: string }>(
  "address_refused",
  "forbidden",
  ({ host }) => `${host.slice(0, 100)} is not on the public internet.`,
);
export const pageRefused = declareError<{ why: string }>("page_refused", "forbidden", ({ why }) => why);
export const pageAway = declareError<{ why: string }>(
  "page_away",
  "conflict",
  ({ why }) => `The page could not be read: ${why}`,
);
