import type { ServeConfig } from "../../config/index.ts";
import { type Database, openDatabase, transact } from "../../db/index.ts";
import {
  authenticate,
  createAccessKey,
  ensureAgent,
  type HashKey,
  hashKeyOf,
  type NewAccessKey,
  setAgentStatus,
} from "../../domain/governance/index.ts";
import { findChannelLink, findLinkedRoom } from "../../domain/messaging/index.ts";
import {
  createMicrodao,
  ensureUserByMatrixId,
  findMicrodao,
  requireMicrodao,
  setMicrodaoSpace,
} from "../../domain/tenancy/index.ts";
import type { Actor } from "../../kernel/actor.ts";
import { systemClock } from "../../kernel/clock.ts";
import { AppError } from "../../kernel/errors.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { ghostIdOf } from "../../matrix/ghosts/index.ts";
import type { DemoAgent, DemoBridge, KeyHolder } from "./demo-world.ts";

/** Whoever runs the quickstart, in the audit log. */
const quickstartActor: Actor = { id: "quickstart", kind: "service" };
const blueprint = { code: "assistant", model: "default" };

/** The bridge's own verbs as the quickstart needs them, on a few database connections of their own. */
export interface OpenDemoBridge extends DemoBridge {
  /** The microDAO of DEFAULT_MICRODAO; founded with this owner if there is none. Gives its external id. */
  readonly ensureMicrodao: (ownerId: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface DemoBridgeOptions {
  readonly config: ServeConfig;
  readonly botUserId: string;
  readonly log: Log;
}

export function openDemoBridge({ config, botUserId, log }: DemoBridgeOptions): OpenDemoBridge {
  const database = openDatabase({ url: config.databaseUrl, poolSize: 2, clock: systemClock, log });
  const hashKey = hashKeyOf(config.secretsKek);
  let microdao = config.defaultMicrodao;
  return {
    botUserId,
    close: () => database.close(),
    ensureMicrodao: async (ownerId) => (microdao = await ensureMicrodao(database, microdao, ownerId)),
    findChannel: (roomId) => findActiveChannel(database, roomId),
    ensureMicrodaoSpace: (spaceId) =>
      transact(database, quickstartActor, async (tx) => {
        const { id, matrixSpaceId } = await requireMicrodao(tx.db, microdao);
        if (matrixSpaceId !== spaceId) await setMicrodaoSpace(tx, id, spaceId);
      }),
    ensureAgent: async (agent) => {
      await ensureActiveAgent(database, agent, microdao);
      return { matrixId: ghostIdOf(config, agent.code) };
    },
    ensureKey: (holder, kept) => ensureWorkingKey({ database, hashKey }, holder, kept),
  };
}

/** A new database gives the first microDAO the number 1, which is what DEFAULT_MICRODAO names when nobody says otherwise. */
async function ensureMicrodao(database: Database, name: string, ownerId: string): Promise<string> {
  const found = await findMicrodao(database.db, name);
  if (found !== undefined) return found.externalId;
  const founded = await transact(database, quickstartActor, async (tx) => {
    const owner = await ensureUserByMatrixId(tx, ownerId);
    return createMicrodao(tx, { name: "Demo", ownerUserId: owner.id });
  });
  return founded.externalId;
}

async function findActiveChannel(database: Database, roomId: string) {
  const room = await findLinkedRoom(database.db, roomId);
  if (room?.channelId == null || room.status !== "joined" || !room.mirrored) return undefined;
  const channel = await findChannelLink(database.db, room.channelId);
  return channel && { channelId: encodeId("c", channel.channelId), slug: channel.slug };
}

/** A suspended agent stays suspended: whoever suspended it meant it. */
async function ensureActiveAgent(database: Database, { code, name }: DemoAgent, microdao: string) {
  await transact(database, quickstartActor, async (tx) => {
    const microdaoId = (await requireMicrodao(tx.db, microdao)).id;
    const agent = await ensureAgent(tx, { code, name, kind: "assistant", microdaoId, blueprint });
    if (agent.status === "requested") await setAgentStatus(tx, agent.externalId, "active");
  });
}

/** The key of the last run if it still opens the door, else a new one: its secret is seen only when it is made. */
async function ensureWorkingKey(
  { database, hashKey }: { database: Database; hashKey: HashKey },
  holder: KeyHolder,
  kept: string | undefined,
): Promise<string> {
  if (kept !== undefined && (await opens(database, hashKey, kept))) return kept;
  const made = await transact(database, quickstartActor, (tx) =>
    createAccessKey(tx, hashKey, holder === "admin" ? adminKey : agentKey(holder.agent)),
  );
  return made.token;
}

const adminKey: NewAccessKey = {
  subject: { kind: "integration", id: "quickstart" },
  name: "quickstart admin",
  capabilities: [],
  bundles: ["bundle.role.Owner"],
};

function agentKey(agent: string): NewAccessKey {
  return {
    subject: { kind: "agent", id: agent },
    name: "quickstart",
    capabilities: ["chat.message.send", "chat.message.read"],
  };
}

async function opens(database: Database, hashKey: HashKey, token: string): Promise<boolean> {
  try {
    await authenticate(database, hashKey, token);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.kind === "unauthenticated") return false;
    throw error;
  }
}
