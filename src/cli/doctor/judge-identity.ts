import type { Answer } from "../../matrix/registration/index.ts";
import { fail, ok, type Verdict, warn } from "./finding.ts";
import { sayErrcode } from "./judge-homeserver.ts";

const loadFile =
  "add this registration file to the homeserver (Synapse: app_service_config_files in homeserver.yaml) and restart it; " +
  "it reads the file only when it starts";

/** `GET /account/whoami` with the as_token alone: the application service's own user. */
export function judgeToken(answer: Answer): Verdict {
  if (!answer.reached) return fail(`no answer (${answer.why})`, "look at the homeserver's log");
  if (answer.status === 200 && typeof answer.body["user_id"] === "string") {
    return ok(`the homeserver knows the token as ${answer.body["user_id"]}`);
  }
  if (answer.body["errcode"] === "M_UNKNOWN_TOKEN") {
    return fail("the homeserver does not know the as_token", loadFile);
  }
  return fail(`the homeserver refuses the as_token (${sayErrcode(answer)})`, loadFile);
}

/** Whose server it is, by the user id that the token has there. */
export function judgeServerName(answer: Answer, configured: string): Verdict {
  const userId = answer.reached && typeof answer.body["user_id"] === "string" ? answer.body["user_id"] : "";
  const actual = userId.slice(userId.indexOf(":") + 1);
  if (actual === configured) return ok(configured);
  return fail(
    `the homeserver is ${actual}, configured is ${configured}`,
    `set MATRIX_SERVER_NAME=${actual}, run: microdao registration, and restart the homeserver`,
  );
}

/** `GET /account/whoami?user_id=<bot>`: whether the bridge may act as its bot. */
export function judgeBot(answer: Answer, botUserId: string): Verdict {
  if (answer.reached && answer.status === 200 && answer.body["user_id"] === botUserId) {
    return ok(`the bridge may act as ${botUserId}`);
  }
  const said = sayErrcode(answer);
  if (/not registered this user/i.test(said)) {
    return warn(`${botUserId} does not exist yet`, "nothing to do: the bridge makes it when it starts");
  }
  if (/masquerade/i.test(said)) {
    return fail(`the homeserver does not let the bridge act as ${botUserId} (${said})`, loadFile);
  }
  return fail(`the bridge cannot act as ${botUserId} (${said})`, loadFile);
}
