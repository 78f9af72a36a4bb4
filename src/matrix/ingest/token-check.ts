import { createHash, timingSafeEqual } from "node:crypto";

/** What a request's credentials are worth. */
export type TokenVerdict = "ok" | "missing" | "wrong";

/**
 * Checks the homeserver's token: `Authorization: Bearer <hs_token>`, compared in constant time. A token in the query
 * string is no credential any more (removed by MSC4127); one that contradicts the header is refused.
 * Source: application service API, "Authorization".
 */
export function tokenCheck(
  hsToken: string,
): (authorization: string | undefined, query: unknown) => TokenVerdict {
  const expected = digest(hsToken);
  return (authorization, query) => {
    const bearer = /^Bearer +([^\s]+)$/i.exec(authorization ?? "")?.[1];
    if (bearer === undefined) return "missing";
    const isRight = timingSafeEqual(digest(bearer), expected);
    const contradicted = query !== undefined && query !== bearer;
    return isRight && !contradicted ? "ok" : "wrong";
  };
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
