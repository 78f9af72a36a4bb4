import type { ApiDeps } from "../../src/http/index.ts";

/** For tests in which nobody asks for a file. */
export const noMedia: ApiDeps["media"] = {
  source: { open: () => Promise.reject(new Error("there is no homeserver to ask for files")) },
  linkMs: 3_600_000,
};
