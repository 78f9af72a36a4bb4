import type { DbClient } from "../../db/index.ts";
import {
  type ChannelRange,
  type ChannelRightsQuery,
  type ChannelRightsRow,
  selectChannelRights,
  selectManyChannelRights,
} from "./channel-rights-store.ts";
import { type Decision, type DecisionInput, decide } from "./decide.ts";
import { channelMissing, denied } from "./errors.ts";
import type { Principal } from "./principal.ts";

/** What an authorised caller may rely on about the channel. Ids are uuids, except the team's. */
export interface AuthorizedChannel {
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
  readonly status: ChannelRightsRow["status"];
}

/**
 * Lets a key do something in a channel, or throws: 403 with the decision's code, or `channel_not_found` for a channel
 * that is not there and, with the same words, for one that the key may not see. One statement.
 */
export async function authorize(
  db: DbClient,
  principal: Principal,
  capability: string,
  channelId: string | undefined,
): Promise<AuthorizedChannel> {
  requireCapability(principal, capability);
  const row =
    channelId === undefined
      ? undefined
      : await selectChannelRights(db, queryOf(principal, capability), channelId);
  if (row === undefined) throw channelMissing({});
  const decision = decideOn(principal, capability, row);
  if (decision.allowed) return row;
  throw decision.hidden ? channelMissing({ denial: decision.code }) : denied(decision.code, decision.reason);
}

/** The part of the decision that depends on no channel. Throws 403 before anything is looked up. */
export function requireCapability(principal: Principal, capability: string): void {
  const decision = decide(inputOf(principal, capability, anyChannel));
  if (!decision.allowed) throw denied(decision.code, decision.reason);
}

/**
 * The capability that a key uses to see channels and their members: who may read what is said in a channel may also see
 * the channel.
 */
export function seeingCapability({ capabilities }: Principal): string {
  const [wanted, other] = ["channel.read", "chat.message.read"] as const;
  return !capabilities.has(wanted) && capabilities.has(other) ? other : wanted;
}

export interface ChannelPlace {
  readonly createdUs: bigint;
  readonly id: string;
}

const scanned = 500;

/**
 * The next channels, oldest first, in which the key may use the capability, as places (uuid and time of creation).
 * The rule is `decide` alone: rows are read in order and put before it until `limit` are found.
 */
export async function findChannelsAllowed(
  db: DbClient,
  principal: Principal,
  capability: string,
  range: ChannelRange,
): Promise<ChannelPlace[]> {
  requireCapability(principal, capability);
  const found: ChannelPlace[] = [];
  let after = range.after;
  for (;;) {
    const batch = Math.max(scanned, range.limit);
    const rows = await selectManyChannelRights(db, queryOf(principal, capability), {
      microdaoId: range.microdaoId,
      after,
      limit: batch,
    });
    for (const row of rows) {
      after = { createdUs: row.createdUs, id: row.channelId };
      if (decideOn(principal, capability, row).allowed) found.push(after);
      if (found.length === range.limit) return found;
    }
    if (rows.length < batch) return found;
  }
}

/** The decision about a channel, of what the database knows. */
export function decideOn(principal: Principal, capability: string, row: ChannelFacts): Decision {
  return decide(inputOf(principal, capability, row));
}

export type ChannelFacts = Omit<ChannelRightsRow, "channelId" | "status" | "createdUs">;

const anyChannel = undefined;

export function inputOf(
  principal: Principal,
  capability: string,
  row: ChannelFacts | typeof anyChannel,
): DecisionInput {
  const { subject } = principal;
  const key = {
    intent: capability.endsWith(".read") ? ("see" as const) : ("act" as const),
    subject: subject.kind,
    subjectActive: subject.active,
    keyAllows: principal.capabilities.has(capability),
  };
  if (row === anyChannel) return { ...key, ...nothingInTheWay };
  return {
    ...key,
    inScope: isInScope(principal, row),
    belongs: belongs(principal, row),
    visibility: row.visibility,
    membership: row.membership,
    teamMode: row.teamMode,
    inTeam: isInTeam(principal, row),
    roleAllows: subject.kind === "user" ? row.roleAllows : null,
    planAllows: row.planAllows,
    frozen: row.frozen,
  };
}

const nothingInTheWay = {
  inScope: true,
  belongs: true,
  visibility: "public",
  membership: "join",
  teamMode: null,
  inTeam: true,
  roleAllows: null,
  planAllows: true,
  frozen: null,
} as const;

function isInScope({ scope }: Principal, row: ChannelFacts): boolean {
  const { microdaoId, teamId } = scope;
  return (microdaoId === null || microdaoId === row.microdaoId) && (teamId === null || teamId === row.teamId);
}

function belongs({ subject, scope }: Principal, row: ChannelFacts): boolean {
  if (subject.kind === "user") return row.role !== null;
  if (subject.kind === "agent") return subject.microdaoId === row.microdaoId;
  if (subject.kind === "integration" && scope.microdaoId === null) return true;
  return scope.microdaoId === row.microdaoId;
}

function isInTeam({ subject, scope }: Principal, row: ChannelFacts): boolean {
  if (subject.kind === "user") return row.inTeam;
  return row.teamId !== null && (subject.kind === "agent" ? subject.teamId : scope.teamId) === row.teamId;
}

export function queryOf({ subject }: Principal, capability: string): ChannelRightsQuery {
  return {
    capability,
    userId: subject.kind === "user" ? subject.uuid : null,
    agentId: subject.kind === "agent" ? subject.uuid : null,
  };
}
