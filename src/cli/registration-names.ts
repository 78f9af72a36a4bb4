import type { RegistrationConfig } from "../config/index.ts";
import type { RegistrationNames } from "../matrix/registration/index.ts";

/** What the configuration says about the bridge's names on its homeserver. */
export function registrationNames(config: RegistrationConfig): RegistrationNames {
  return {
    serverName: config.serverName,
    bridgeUrl: config.bridgeUrl,
    appserviceId: config.appserviceId,
    senderLocalpart: config.senderLocalpart,
    botLocalpart: config.botLocalpart,
    agentPrefix: config.agentPrefix,
  };
}
