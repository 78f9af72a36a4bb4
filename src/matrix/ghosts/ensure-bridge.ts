import { type Database, transact } from "../../db/index.ts";
import { ensureAgent } from "../../domain/governance/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { type BridgeIdentity, ensureBridgeRow } from "./bridge-store.ts";
import { bridgeIdentityChanged, type IdentityDifference } from "./errors.ts";
import { bridgeAgentCode } from "./ghosts.ts";

const labels: Record<keyof BridgeIdentity, string> = {
  appserviceId: "APPSERVICE_ID",
  senderLocalpart: "SENDER_LOCALPART",
  botUserId: "the bot",
  serverName: "MATRIX_SERVER_NAME",
};

/**
 * Ties the database to the bridge's identity and makes sure that the bot is an agent of it, `agent:bridge`; gives the
 * agent's uuid. Needs no homeserver. Throws `bridge_identity_changed` when the database is another bridge's.
 */
export async function ensureBridge(database: Database, identity: BridgeIdentity): Promise<string> {
  return transact(database, bridgeActor, async (tx) => {
    const stored = await ensureBridgeRow(tx, identity);
    const differences = stored === undefined ? [] : differencesOf(stored, identity);
    if (differences.length > 0) throw bridgeIdentityChanged({ differences });
    const agent = await ensureAgent(tx, {
      code: bridgeAgentCode,
      name: "microDAO",
      kind: "system",
      blueprint: { code: "bridge", model: "none", description: "The bridge itself: notices and commands" },
    });
    return agent.id;
  });
}

function differencesOf(stored: BridgeIdentity, configured: BridgeIdentity): IdentityDifference[] {
  return (Object.keys(labels) as (keyof BridgeIdentity)[])
    .filter((key) => stored[key] !== configured[key])
    .map((key) => ({ what: labels[key], stored: stored[key], configured: configured[key] }));
}
