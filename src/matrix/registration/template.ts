import type { RegistrationNames } from "./names.ts";

/** The names that the template at the top of the repository shows. */
export const exampleNames: RegistrationNames = {
  serverName: "example.org",
  bridgeUrl: "http://127.0.0.1:9009",
  appserviceId: "microdao",
  senderLocalpart: "microdao_appservice",
  botLocalpart: "microdao",
  agentPrefix: "dao_",
};

/** What stands where a token belongs, as long as nobody made one. The bridge refuses to start with it. */
export const tokenPlaceholder = "CHANGE_ME_run_npx_microdao_registration";

/** The frame that a new registration is filled into; its comments stay in the file. */
export const registrationTemplate = `# Introduces the microDAO bridge to the homeserver. Both sides read this file: the bridge from REGISTRATION_PATH,
# Synapse from app_service_config_files in homeserver.yaml. It holds two secrets; keep it readable for these two only.
# Written by \`npx microdao registration\`, checked by \`npx microdao registration --check\`. See docs/registration.md.

# Under this name the homeserver keeps its queue for the bridge. Do not change it later.
id: microdao

# Where the homeserver reaches the bridge (BRIDGE_URL), without a path.
url: http://127.0.0.1:9009

# The bridge shows as_token to the homeserver, the homeserver shows hs_token to the bridge.
as_token: ${tokenPlaceholder}
hs_token: ${tokenPlaceholder}

# The application service's own user. It never joins rooms; the bot that people invite is in the namespaces below.
sender_localpart: microdao_appservice

# The users and aliases that belong to the bridge. Homeservers anchor these expressions only at the beginning, so each
# ends with the server's name and $; otherwise users of other servers could match.
namespaces:
  # First the bot, then the agents.
  users: []
  # Room aliases that the bridge may make.
  aliases: []

# Agents may answer as fast as people ask: the homeserver's limits for ordinary users are lifted.
rate_limited: false

# Typing notices and read receipts are pushed, too. The second key is the name that Synapse before 1.156 reads.
receive_ephemeral: true
de.sorunome.msc2409.push_ephemeral: true
`;
