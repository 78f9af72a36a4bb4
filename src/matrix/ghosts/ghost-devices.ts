import { type Database, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import type { Log } from "../../kernel/log.ts";
import type { Homeserver } from "../homeserver/index.ts";
import { updateGhostDevice } from "./ghosts-store.ts";

/** One for all, since devices belong to users. It never has keys. */
export const ghostDeviceId = "MICRODAO";

export interface GhostDevicesDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "ensureDevice">;
  readonly log: Log;
}

/** The devices that agents' users send from. */
export interface GhostDevices {
  /** Whether it is worth asking for one: a homeserver that makes none is asked again when the process begins anew. */
  areMade(): boolean;
  /** Makes sure that the user has its device, and notes since when; gives its id, or null where there are none. */
  ensure(agentId: string, matrixId: string): Promise<string | null>;
}

/**
 * A homeserver knows the transaction ids of a device for good (Synapse: for a day, over restarts), and those without one
 * only as long as it runs. A device that was lost has taken its transaction ids along: made anew, it is a new one.
 */
export function openGhostDevices({ database, homeserver, log }: GhostDevicesDeps): GhostDevices {
  const state = { made: true };
  return {
    areMade: () => state.made,
    async ensure(agentId, matrixId) {
      const device = { userId: matrixId, deviceId: ghostDeviceId, displayName: "microDAO Bridge" };
      const isMade = await homeserver.ensureDevice(device);
      if (state.made && !isMade) {
        log.info({}, "the homeserver makes no devices for agents: what may have been sent is looked for");
      }
      state.made = isMade;
      const deviceId = isMade ? ghostDeviceId : null;
      await transact(database, bridgeActor, (tx) => updateGhostDevice(tx, agentId, deviceId));
      return deviceId;
    },
  };
}
