export type SubjectKind = "user" | "agent" | "integration" | "embassy";
export type Membership = "invite" | "join" | "leave" | "ban" | "knock";

/** Everything a decision about one channel depends on. */
export interface DecisionInput {
  /** To see what is in the channel, or to do something in it. */
  readonly intent: "see" | "act";
  readonly subject: SubjectKind;
  /** False for an agent that is requested, suspended or revoked. */
  readonly subjectActive: boolean;
  readonly keyAllows: boolean;
  /** The key may be bound to a microDAO or a team; the channel lies within. */
  readonly inScope: boolean;
  /**
   * The subject is one of the channel's microDAO: a user with any role in it, an agent registered in it, an integration
   * or embassy whose key is bound to it (an integration key bound to nothing belongs everywhere).
   */
  readonly belongs: boolean;
  readonly visibility: "public" | "private" | "microdao";
  readonly membership: Membership | null;
  readonly teamMode: "public" | "confidential" | null;
  readonly inTeam: boolean;
  /** Only users have roles: `null` for the other subjects. */
  readonly roleAllows: boolean | null;
  readonly planAllows: boolean;
  /** Somebody has told the agents of the channel, or of its whole microDAO, to be silent. */
  readonly frozen: "channel" | "microdao" | null;
}

/** Which part of a decision was in the way: the part that somebody would have to change. */
export type Clause = "role" | "plan" | "capability" | "membership" | "mode" | "quota" | "suspended";

export type DenialCode =
  | "subject_inactive"
  | "key_lacks_capability"
  | "out_of_scope"
  | "not_a_member"
  | "banned"
  | "team_confidential"
  | "role_lacks_capability"
  | "plan_lacks_capability"
  | "channel_frozen"
  | "microdao_frozen";

export type Decision =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly code: DenialCode;
      readonly clause: Clause;
      readonly reason: string;
      /** The subject may not even know that the channel is there; it is answered as if it were not. */
      readonly hidden: boolean;
    };

const clauses: Record<DenialCode, Clause> = {
  subject_inactive: "suspended",
  key_lacks_capability: "capability",
  out_of_scope: "capability",
  not_a_member: "membership",
  banned: "membership",
  team_confidential: "mode",
  role_lacks_capability: "role",
  plan_lacks_capability: "plan",
  channel_frozen: "suspended",
  microdao_frozen: "suspended",
};

const reasons: Record<DenialCode, string> = {
  subject_inactive: "The agent that this key belongs to is not active.",
  key_lacks_capability: "This key does not hold the capability that is needed.",
  out_of_scope: "This key is bound to another microDAO or team.",
  not_a_member: "The subject of this key is not a member of the channel, and the channel is not open to it.",
  banned: "The subject of this key is banned from the channel.",
  team_confidential: "The channel is a confidential team's, and the subject of this key is not in the team.",
  role_lacks_capability: "The role in the microDAO does not include the capability that is needed.",
  plan_lacks_capability: "The plan of the microDAO does not include the capability that is needed.",
  channel_frozen: "The channel is frozen: no agent does anything there until a moderator lifts it.",
  microdao_frozen: "The microDAO is frozen: no agent does anything there until its owner lifts it.",
};

export function clauseOf(code: DenialCode): Clause {
  return clauses[code];
}

export function reasonOf(code: DenialCode): string {
  return reasons[code];
}

/**
 * May this key do this in this channel? All of these must hold, and the first that does not is the answer:
 * subject active ∧ key capability ∧ key scope ∧ channel membership ∧ team mode ∧ role bundle ∧ plan bundle ∧ not frozen.
 * A freeze silences agents; they still see what is said.
 */
export function decide(input: DecisionInput): Decision {
  const code = denialOf(input);
  if (code === undefined) return { allowed: true };
  return { allowed: false, code, clause: clauses[code], reason: reasons[code], hidden: !maySee(input) };
}

function denialOf(input: DecisionInput): DenialCode | undefined {
  if (!input.subjectActive) return "subject_inactive";
  if (!input.keyAllows) return "key_lacks_capability";
  return accessDenialOf(input) ?? rightDenialOf(input);
}

function accessDenialOf(input: DecisionInput): DenialCode | undefined {
  if (!input.inScope) return "out_of_scope";
  if (input.membership === "ban") return "banned";
  if (!isWithin(input)) return "not_a_member";
  return input.teamMode === "confidential" && !input.inTeam ? "team_confidential" : undefined;
}

function rightDenialOf(input: DecisionInput): DenialCode | undefined {
  if (input.roleAllows === false) return "role_lacks_capability";
  if (!input.planAllows) return "plan_lacks_capability";
  if (input.subject !== "agent" || input.intent === "see" || input.frozen === null) return undefined;
  return input.frozen === "channel" ? "channel_frozen" : "microdao_frozen";
}

function maySee(input: DecisionInput): boolean {
  return accessDenialOf({ ...input, intent: "see" }) === undefined;
}

/**
 * The channel's own list of who is in. Members are. To see, an open channel is enough: public for everybody in scope,
 * `microdao` for those who belong. To act, one must belong, or be invited (delivery accepts the invitation).
 * An integration acts for its microDAO and is in every channel of it; an embassy is a guest and is only in public ones.
 */
function isWithin({ intent, subject, membership, visibility, belongs }: DecisionInput): boolean {
  if (membership === "join") return true;
  if (subject === "integration") return belongs;
  if (intent === "act" && membership === "invite") return true;
  if (visibility === "public") return belongs || (intent === "see" && subject !== "embassy");
  return visibility === "microdao" && belongs && subject !== "embassy";
}
