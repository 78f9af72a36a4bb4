import type { BackfillDeps } from "../backfill/backfill-room.ts";
import type { Homeserver } from "../homeserver/index.ts";

export interface LinkingDeps extends Omit<BackfillDeps, "homeserver"> {
  readonly homeserver: Pick<
    Homeserver,
    | "joinRoom"
    | "leaveRoom"
    | "forgetRoom"
    | "roomState"
    | "stateEvent"
    | "ownMembership"
    | "messages"
    | "resolveAlias"
    | "registerUser"
  >;
  /** The external id of the microDAO for rooms whose inviter has none, or several. */
  readonly defaultMicrodao: string;
  /** Says that messages were committed and can be delivered. */
  readonly wakeEgress: () => void;
}
