/**
 * The agents' users on the homeserver, "ghosts", and the bridge's own, the bot.
 * Always true: an agent's code and its Matrix id determine each other, a user exists before anybody is told that it does,
 * and its row is there before the user is.
 */
export { type BridgeIdentity, recordLastTransaction } from "./bridge-store.ts";
export { ensureBridge } from "./ensure-bridge.ts";
export { bridgeIdentityChanged, ghostOutsideNamespace, ghostParked, ghostTaken } from "./errors.ts";
export { agentCodeOf, agentCodeUnusable, type GhostNames, ghostIdOf } from "./ghost-id.ts";
export { bridgeAgentCode, type GhostDeps, type Ghosts, openGhosts, parkingCodes } from "./ghosts.ts";
export { type GhostKeeper, keepGhosts } from "./keep-ghosts.ts";
