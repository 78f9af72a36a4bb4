import { type RegistrationFault, registrationFault, shown } from "./faults.ts";
import type { RegistrationNames } from "./names.ts";

const run = "run: microdao registration";

/** What is wrong with `id` and `sender_localpart`. Source: Synapse's `_load_appservice`. */
export function lintIdentity(
  raw: Readonly<Record<string, unknown>>,
  names: RegistrationNames,
): RegistrationFault[] {
  return [...lintId(raw["id"], names), ...lintSender(raw["sender_localpart"], names), ...lintNames(names)];
}

function lintId(id: unknown, names: RegistrationNames): RegistrationFault[] {
  if (typeof id !== "string" || id === "") return [registrationFault("id-missing", "id", shown(id), run)];
  if (id.includes("|")) {
    return [
      registrationFault("id-invalid", "id", shown(id), `take the "|" out, the homeserver refuses it; ${run}`),
    ];
  }
  if (id === names.appserviceId) return [];
  const fix = `set APPSERVICE_ID=${id}, or ${run}`;
  return [
    registrationFault("id-differs", "id", `${shown(id)}, configured is ${shown(names.appserviceId)}`, fix),
  ];
}

function lintSender(sender: unknown, names: RegistrationNames): RegistrationFault[] {
  const path = "sender_localpart";
  if (typeof sender !== "string" || sender === "") {
    return [registrationFault("sender-missing", path, shown(sender), run)];
  }
  if (!/^[a-z0-9._/-]+$/.test(sender)) {
    const fix = `write a localpart (a-z 0-9 . _ / -) without @ and server name, or ${run}`;
    return [registrationFault("sender-invalid", path, shown(sender), fix)];
  }
  if (sender === names.botLocalpart) {
    const fix =
      "homeservers refuse to sync for this user, so the bot is another one: " +
      "write microdao_appservice, or set SENDER_LOCALPART or BOT_LOCALPART";
    return [registrationFault("sender-is-bot", path, `${shown(sender)}, which is the bot`, fix)];
  }
  if (sender.startsWith(names.agentPrefix)) {
    const found = `${shown(sender)}, which begins like an agent (${names.agentPrefix})`;
    const fix = "write microdao_appservice, or set SENDER_LOCALPART or AGENT_PREFIX";
    return [registrationFault("sender-is-agent", path, found, fix)];
  }
  if (sender === names.senderLocalpart) return [];
  const fix = `set SENDER_LOCALPART=${sender}, or ${run}`;
  const found = `${shown(sender)}, configured is ${shown(names.senderLocalpart)}`;
  return [registrationFault("sender-differs", path, found, fix)];
}

/** An agent named like the rest of the bot's name would be the bot. */
function lintNames({ botLocalpart, agentPrefix }: RegistrationNames): RegistrationFault[] {
  if (!botLocalpart.startsWith(agentPrefix)) return [];
  const found = `the bot ${shown(botLocalpart)} begins like an agent (${agentPrefix})`;
  const fix = "set BOT_LOCALPART or AGENT_PREFIX so that no agent can have the bot's name";
  return [registrationFault("bot-is-agent", "namespaces.users", found, fix)];
}
