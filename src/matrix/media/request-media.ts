import { messageOf } from "../../kernel/errors.ts";
import { mediaAway } from "./errors.ts";

const maxRedirects = 3;
const redirects: ReadonlySet<number> = new Set([307, 308]);

export interface MediaRequest {
  readonly url: string;
  /** The application service's `as_token`. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/**
 * Asks for a file, and follows 307 and 308 to where it is. The token goes to the homeserver's own address (scheme, host
 * and port) and nowhere else. Throws `media_unavailable` when there is no answer; the answer's status is not looked at.
 * https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediadownloadservernamemediaid
 */
export async function requestMedia({ url, token, signal }: MediaRequest): Promise<Response> {
  const home = new URL(url).origin;
  let place = new URL(url);
  for (let followed = 0; ; followed += 1) {
    const response = await ask(place, place.origin === home ? token : undefined, signal);
    if (!redirects.has(response.status)) return response;
    await response.body?.cancel();
    const location = response.headers.get("location");
    const next = location === null ? null : URL.parse(location, place);
    if (next === null || !isWeb(next) || followed === maxRedirects) {
      throw mediaAway({ why: "it points elsewhere, and there is nothing", retryAfterSeconds: 30 });
    }
    place = next;
  }
}

async function ask(place: URL, token: string | undefined, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(place, {
      redirect: "manual",
      signal,
      // Bytes as they are: their number is told beforehand and counted.
      headers: {
        "accept-encoding": "identity",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw mediaAway({ why: messageOf(cause), retryAfterSeconds: 5 }, { cause: error });
  }
}

/** Credentials in an address would be sent along. */
function isWeb({ protocol, username, password }: URL): boolean {
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}
