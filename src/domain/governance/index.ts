/**
 * Who may do what: agents, access keys and their capabilities, the decision over them, and the audit log.
 * Always true: a secret is never stored, a revocation counts from the next request on, and whatever changes here leaves
 * a row in the audit log in the same transaction.
 */
export { type HashKey, hashKeyOf } from "./access-key-token.ts";
export type { AccessKeyRow } from "./access-keys-store.ts";
export type { AgentAction, AgentChange } from "./agent-changes-store.ts";
export { selectAgentChanges as readAgentChanges } from "./agent-changes-store.ts";
export { type AgentConfig, agentConfigSchema, type EffectiveConfig } from "./agent-config.ts";
export {
  type AgentRequest,
  countOpenRequests,
  selectAgentRequest as findAgentRequest,
  selectAgentRequestOfEvent as findAgentRequestOfEvent,
  updateAgentRequestTold as recordAgentRequestTold,
} from "./agent-requests-store.ts";
export { selectMember as findMember } from "./agent-rights-store.ts";
export { type AgentDecided, type AgentDecision, decideAgent, setAgentStatus } from "./agent-status.ts";
export {
  type AgentToCreate,
  createAgent,
  ensureAgent,
  findAgent,
  listAgents,
  type NewAgent,
  readAgents,
  registerAgent,
  requireAgent,
  setAgentMatrixId,
} from "./agents.ts";
export type { Agent, AgentKind, AgentStatus } from "./agents-store.ts";
export { type AuditEntry, audit } from "./audit.ts";
export type { AuditRecord } from "./audit-store.ts";
export { authenticate, principalOfPerson, recallPrincipal } from "./authenticate.ts";
export {
  type AuthorizedChannel,
  authorize,
  type ChannelPlace,
  findChannelsAllowed,
  requireCapability,
  seeingCapability,
} from "./authorize.ts";
export {
  type AgentPlace,
  authorizeAgent,
  authorizeAgentDecision,
  authorizeAgentPlace,
  findAgentsAllowed,
  findBlueprintsAllowed,
  isOperator,
  requireNoAgent,
} from "./authorize-agent.ts";
export { authorizeKey, listKeysFor } from "./authorize-key.ts";
export { authorizeChannels, authorizeMicrodaos, type OpenChannel } from "./authorize-many.ts";
export {
  authorizeMicrodao,
  findMicrodaosAllowed,
  microdaoHidden,
} from "./authorize-microdao.ts";
export {
  type BlueprintEdit,
  type ConfigEdit,
  createBlueprint,
  editBlueprint,
  ensureBlueprint,
  findBlueprint,
  type NewBlueprint,
  requireBlueprint,
} from "./blueprints.ts";
export { type Blueprint, selectBlueprints as listBlueprints } from "./blueprints-store.ts";
export { type CreatedAccessKey, createAccessKey, type NewAccessKey } from "./create-access-key.ts";
export {
  type Clause,
  type Decision,
  type DecisionInput,
  type DenialCode,
  decide,
  type SubjectKind,
} from "./decide.ts";
export { type AgentEdit, editAgent } from "./edit-agent.ts";
export {
  accessKeyExpired,
  accessKeyInvalid,
  accessKeyMissing,
  accessKeyRefused,
  accessKeyRevoked,
  agentExists,
  agentMissing,
  agentUserTaken,
  channelMissing,
  freezeRefused,
  ownQuota,
  quotaExceeded,
} from "./errors.ts";
export { type FreezeWish, type Frost, insertFrost, liftFrost } from "./freezes.ts";
export {
  type Freeze,
  type FreezeTarget,
  type Frozen,
  frozenOf,
  selectFreeze as findFreeze,
} from "./freezes-store.ts";
export { actsForAll, type GrantedKey, type GrantWish, grantAccessKey } from "./grant-access-key.ts";
export { type MadeOnce, madeOnce, type RegistryKey } from "./made-once.ts";
export { parseQuotas } from "./parse-quotas.ts";
export type { Principal } from "./principal.ts";
export {
  type QuotaHolder,
  type QuotaLimit,
  quotaPeriods,
  quotaWhats,
  readQuotas,
  readUsage,
  setQuotas,
  type Usage,
} from "./quotas.ts";
export type { QuotaPeriod, QuotaSubject, QuotaWhat } from "./quotas-store.ts";
export { type AuditQuery, readAudit } from "./read-audit.ts";
export { type KeyCheck, recheckKeys } from "./recheck-keys.ts";
export {
  agentHidden,
  agentRequestsOpen,
  agentStatusConflict,
  blueprintMissing,
  registryFieldRefused,
} from "./registry-errors.ts";
export { bridgeAgent, requireNotFrozen, silenced } from "./require-not-frozen.ts";
export { findAccessKey, listAccessKeys, revokeAccessKey } from "./revoke-access-key.ts";
export { roleHolds } from "./role-holds.ts";
export { rotateAccessKey } from "./rotate-access-key.ts";
export { openSealer, type Sealer, sealBroken } from "./sealing.ts";
export { seedGovernance } from "./seed-governance.ts";
export { type CapabilityRow, capabilityTable, plans, roles, seededBundles } from "./seeds.ts";
export {
  type BundleInfo,
  type CapabilityInfo,
  selectBundles as listBundles,
  selectCapabilities as listCapabilities,
} from "./seeds-store.ts";
export { chargeQuota, requireQuotaLeft, spendQuota, spendQuotas } from "./spend-quota.ts";
