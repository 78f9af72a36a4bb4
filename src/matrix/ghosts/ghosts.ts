import { type Database, transact } from "../../db/index.ts";
import { type Agent, findAgent, requireAgent, setAgentMatrixId } from "../../domain/governance/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { bug, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { type Homeserver, homeserverAway, isRefusal } from "../homeserver/index.ts";
import type { BridgeIdentity } from "./bridge-store.ts";
import { ghostOutsideNamespace, ghostParked, ghostTaken } from "./errors.ts";
import { type GhostDevices, ghostDeviceId, openGhostDevices } from "./ghost-devices.ts";
import { agentCodeOf, type GhostNames, ghostIdOf } from "./ghost-id.ts";
import {
  type GhostNews,
  type GhostRow,
  insertGhost,
  selectGhost,
  selectUnfinishedGhosts,
  updateGhost,
} from "./ghosts-store.ts";
import { retireGhosts } from "./retire-ghosts.ts";

export interface GhostDeps {
  readonly database: Database;
  readonly homeserver: Pick<
    Homeserver,
    | "registerUser"
    | "devicesOf"
    | "ensureDevice"
    | "setDisplayName"
    | "setAvatar"
    | "joinedRooms"
    | "leaveRoom"
  >;
  readonly identity: BridgeIdentity & GhostNames;
  readonly log: Log;
}

/** The agents' users on the homeserver. */
export interface Ghosts {
  /**
   * Makes sure that the agent's user exists, has a device and shows its name and picture; gives its Matrix id. Safe to repeat; calls
   * for one agent at one time are one. Throws `ghost_parked`, `ghost_outside_namespace`, `ghost_taken`,
   * `homeserver_refused`, `homeserver_away`.
   */
  ensure(agentId: string): Promise<string>;
  /** Registers it again, for a homeserver that has forgotten it. */
  register(agentId: string): Promise<void>;
  /** Makes its device again, for a homeserver that has lost it; gives its id, or null where there are none. */
  renewDevice(agentId: string): Promise<string | null>;
  /** Whether a user is an active agent's; it exists when this is true. The homeserver asks so before it believes in a user. */
  isWanted(userId: string): Promise<boolean>;
  /** Puts an agent's user aside that the homeserver has deactivated, locked or suspended. */
  park(agentId: string, reason: string): Promise<void>;
  /** Ensures those that need it, and has those of revoked agents leave their rooms; true when the homeserver is away and it should be tried again later. */
  reconcile(): Promise<boolean>;
}

export const bridgeAgentCode = "bridge";
/** The homeserver has put the account out of action; asking again changes nothing. */
export const parkingCodes = ["M_USER_DEACTIVATED", "M_USER_LOCKED", "M_USER_SUSPENDED"] as const;

const externalPrefix = "agent:";
const reconcileBatch = 20;

export function openGhosts(deps: GhostDeps): Ghosts {
  const running = new Map<string, Promise<string>>();
  /** Agents that the homeserver will go on refusing as long as this process and its configuration live. */
  const hopeless = new Set<string>();
  const devices = openGhostDevices(deps);
  const ensure = (agentId: string) => once(running, agentId, () => ensureGhost(deps, devices, agentId));
  const asked = new Map<string, Promise<boolean>>();
  const isThere = async (agentId: string, userId: string): Promise<boolean> => {
    const known = await selectGhost(deps.database.db, agentId);
    if ((await ensure(agentId)) !== userId) return false;
    // It asks because it has no such user: our note of having registered it may be older than the homeserver's database.
    if (known?.registeredAt != null) await registerGhost(deps, agentId, userId);
    return true;
  };
  return {
    ensure,
    register: async (agentId) => registerGhost(deps, agentId, await ensure(agentId)),
    renewDevice: async (agentId) => devices.ensure(agentId, await ensure(agentId)),
    park: (agentId, reason) => note(deps, agentId, { parkedReason: reason }),
    isWanted: (userId) =>
      once(asked, userId, async () => {
        const agent = await findGhostAgent(deps, userId);
        return agent?.status === "active" && (await isThere(agent.id, userId));
      }),
    async reconcile() {
      const unfinished = await selectUnfinishedGhosts(deps.database.db, {
        except: [...hopeless],
        limit: reconcileBatch,
        devices: devices.areMade(),
      });
      for (const agentId of unfinished) {
        try {
          await ensure(agentId);
        } catch (error) {
          if (homeserverAway.is(error) || isRefusal(error, "M_LIMIT_EXCEEDED")) return true;
          hopeless.add(agentId);
          deps.log.error({ agentId, reason: messageOf(error) }, "an agent cannot have its Matrix user");
        }
      }
      return retireGhosts(deps, hopeless);
    },
  };
}

function once<T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const started = running.get(key);
  if (started !== undefined) return started;
  const promise = work().finally(() => running.delete(key));
  running.set(key, promise);
  return promise;
}

async function ensureGhost(deps: GhostDeps, devices: GhostDevices, agentId: string): Promise<string> {
  const agent = await requireAgent(deps.database.db, agentId);
  const known = await selectGhost(deps.database.db, agentId);
  if (known?.parkedReason != null) {
    throw ghostParked({ matrixId: known.matrixId, reason: known.parkedReason });
  }
  const matrixId = known?.matrixId ?? matrixIdOf(deps, agent);
  // First the row, then the user: whatever the user does in a room is then known to be the agent's.
  if (known === undefined || agent.matrixId !== matrixId) {
    await transact(deps.database, bridgeActor, async (tx) => {
      await insertGhost(tx, agentId, matrixId);
      await setAgentMatrixId(tx, agentId, matrixId);
    });
  }
  if (known?.registeredAt == null) await registerGhost(deps, agentId, matrixId, true);
  await parking(deps, agentId, matrixId, async () => {
    if (known?.deviceId == null && devices.areMade()) await devices.ensure(agentId, matrixId);
    await showProfile(deps, agent, { matrixId, known });
  });
  return matrixId;
}

/** What the agent is called and looks like, where the homeserver shows something else. */
async function showProfile(
  deps: GhostDeps,
  agent: Agent,
  { matrixId, known }: { readonly matrixId: string; readonly known: GhostRow | undefined },
): Promise<void> {
  if (known?.displayName !== agent.name) {
    await deps.homeserver.setDisplayName(matrixId, agent.name);
    await note(deps, agent.id, { displayName: agent.name });
  }
  // An empty address takes the picture away.
  const avatarUrl = agent.avatarUrl ?? "";
  if (/^(?:mxc:\/\/|$)/.test(avatarUrl) && (known?.avatarUrl ?? "") !== avatarUrl) {
    await deps.homeserver.setAvatar(matrixId, avatarUrl);
    await note(deps, agent.id, { avatarUrl });
  }
}

async function registerGhost(
  deps: GhostDeps,
  agentId: string,
  matrixId: string,
  isFirst = false,
): Promise<void> {
  await parking(deps, agentId, matrixId, async () => {
    try {
      await deps.homeserver.registerUser(matrixId);
    } catch (error) {
      if (isRefusal(error, "M_EXCLUSIVE")) throw ghostOutsideNamespace({ matrixId }, { cause: error });
      if (!isRefusal(error, "M_USER_IN_USE")) throw error;
      if (isFirst) await requireNobodys(deps, matrixId);
    }
  });
  await note(deps, agentId, { registered: true });
}

/** Somebody may have taken the name before the namespace was ours: then the agent would speak as a person, with their rights. */
async function requireNobodys({ homeserver, identity }: GhostDeps, matrixId: string): Promise<void> {
  if (matrixId === identity.botUserId) return;
  const devices = await homeserver.devicesOf(matrixId);
  if (devices.some((deviceId) => deviceId !== ghostDeviceId)) throw ghostTaken({ matrixId });
}

/** A user that is out of action is put aside, so that nobody asks again and again. */
async function parking(
  deps: GhostDeps,
  agentId: string,
  matrixId: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const reason = parkingCodes.find((code) => isRefusal(error, code));
    if (reason === undefined) throw error;
    await note(deps, agentId, { parkedReason: reason });
    throw ghostParked({ matrixId, reason }, { cause: error });
  }
}

function note(deps: GhostDeps, agentId: string, news: GhostNews): Promise<void> {
  return transact(deps.database, bridgeActor, (tx) => updateGhost(tx, agentId, news));
}

function matrixIdOf({ identity }: GhostDeps, agent: Agent): string {
  if (!agent.externalId.startsWith(externalPrefix)) throw bug(`the agent ${agent.id} has no agent: id`);
  const code = agent.externalId.slice(externalPrefix.length);
  return code === bridgeAgentCode ? identity.botUserId : (agent.matrixId ?? ghostIdOf(identity, code));
}

/** The agent whose user this is, or is going to be. */
async function findGhostAgent(deps: GhostDeps, userId: string): Promise<Agent | undefined> {
  const { db } = deps.database;
  const known = await findAgent(db, userId);
  if (known !== undefined) return known;
  const code = agentCodeOf(deps.identity, userId);
  const agent = code === undefined ? undefined : await findAgent(db, `${externalPrefix}${code}`);
  return agent?.matrixId === null ? agent : undefined;
}
