import type { Homeserver } from "../homeserver/index.ts";
import type { LinkingDeps } from "../linking/deps.ts";

export interface SpacesDeps extends LinkingDeps {
  readonly homeserver: Homeserver;
  readonly serverName: string;
  /** `AGENT_PREFIX`: every alias of ours begins with it. */
  readonly aliasPrefix: string;
}
