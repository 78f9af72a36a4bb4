import type { Answer } from "../../matrix/registration/index.ts";
import { fail, notChecked, ok, type Verdict } from "./finding.ts";
import { sayErrcode } from "./judge-homeserver.ts";

export interface PingFacts {
  /** The homeserver's answer to `POST /_matrix/client/v1/appservice/{id}/ping`. */
  readonly answer: Answer;
  /** The `url` of the registration, where the homeserver looks for the bridge. */
  readonly url: string;
  /** What the bridge itself answers to `GET /health` from here. */
  readonly health: Answer;
}

const restart = "restart the homeserver, so that it reads the registration file again";

/**
 * The way back, from the homeserver to the bridge, in the homeserver's own words and in plain ones.
 * https://spec.matrix.org/v1.19/application-service-api/#post_matrixclientv1appserviceappserviceidping
 */
export function judgePing(facts: PingFacts): Verdict {
  const { answer, url } = facts;
  if (!answer.reached) return fail(`no answer to the ping (${answer.why})`, "look at the homeserver's log");
  if (answer.status === 200) return ok(`the homeserver reaches ${url}${tookOf(answer.body["duration_ms"])}`);
  const said = sayErrcode(answer);
  switch (answer.body["errcode"]) {
    case "M_URL_NOT_SET":
      return fail(
        "the homeserver has a registration without a url",
        `write a url into the registration and ${restart}`,
      );
    case "M_CONNECTION_FAILED":
      return (
        redirected(facts, said) ?? unreachable(facts, `the homeserver cannot connect to ${url} (${said})`)
      );
    case "M_CONNECTION_TIMEOUT":
      return unreachable(facts, `the homeserver gets no answer from ${url} (${said})`);
    case "M_BAD_STATUS":
      return badStatus(facts, answer.body["status"]);
    case "M_UNRECOGNIZED":
      return notChecked("the homeserver cannot ping application services");
    case "M_FORBIDDEN":
      return fail(
        `the homeserver loaded another registration (${said})`,
        `check that both sides read the same file, then ${restart}`,
      );
    default:
      return fail(`the ping failed (${said})`, "look at the homeserver's log");
  }
}

function tookOf(durationMs: unknown): string {
  return typeof durationMs === "number" ? ` (${durationMs} ms)` : "";
}

/** Nobody listens there, or it is the wrong place: what the bridge answers from here tells which. */
function unreachable({ url, health }: PingFacts, found: string): Verdict {
  if (!health.reached)
    return fail(`${found}, and nothing answers from here either`, "start the bridge: microdao serve");
  return fail(
    `${found}, but the bridge answers from here`,
    `${url} is not the bridge as the homeserver sees it: set BRIDGE_URL to an address that works from there ` +
      "(in containers its service name, not 127.0.0.1; HOST=0.0.0.0 so that it listens there), " +
      `run: microdao registration, and ${restart}`,
  );
}

/** Synapse counts a redirect as a failed connection and says so only in the text of its error. */
function redirected({ url }: PingFacts, said: string): Verdict | undefined {
  const code = /PageRedirect: (\d+)/.exec(said)?.[1];
  if (code === undefined) return undefined;
  return fail(
    `${url} answers with a redirect (HTTP ${code}), which homeservers do not follow`,
    `set BRIDGE_URL to where it leads, run: microdao registration, and ${restart}`,
  );
}

function badStatus({ url }: PingFacts, status: unknown): Verdict {
  const code = typeof status === "number" ? status : 0;
  if (code === 401 || code === 403) {
    return fail(
      `${url} refuses the homeserver's token (HTTP ${code}): the two sides have different hs_tokens`,
      `check that both sides read the same registration file, then restart the bridge and ${restart}`,
    );
  }
  if (code >= 500) {
    return fail(
      `${url} answers with an error (HTTP ${code})`,
      "look at the bridge's log, and at the proxy before it",
    );
  }
  return fail(
    `something else than the bridge answers at ${url} (HTTP ${code})`,
    `set BRIDGE_URL to the bridge's address, run: microdao registration, and ${restart}`,
  );
}
