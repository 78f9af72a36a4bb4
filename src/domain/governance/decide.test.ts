import { describe, expect, it } from "vitest";
import { type Clause, type DecisionInput, type DenialCode, decide } from "./decide.ts";

const open: DecisionInput = {
  intent: "act",
  subject: "user",
  subjectActive: true,
  keyAllows: true,
  inScope: true,
  belongs: true,
  visibility: "private",
  membership: "join",
  teamMode: null,
  inTeam: false,
  roleAllows: true,
  planAllows: true,
  frozen: null,
};

function codeOf(change: Partial<DecisionInput>): string {
  const decision = decide({ ...open, ...change });
  return decision.allowed ? "allowed" : `${decision.code}${decision.hidden ? " hidden" : ""}`;
}

/** Every combination of every input. */
function* everyInput(): Generator<DecisionInput> {
  const domains = {
    intent: ["see", "act"],
    subject: ["user", "agent", "integration", "embassy"],
    subjectActive: [true, false],
    keyAllows: [true, false],
    inScope: [true, false],
    belongs: [true, false],
    visibility: ["public", "private", "microdao"],
    membership: ["invite", "join", "leave", "ban", "knock", null],
    teamMode: ["public", "confidential", null],
    inTeam: [true, false],
    roleAllows: [true, false, null],
    planAllows: [true, false],
    frozen: ["channel", "microdao", null],
  } satisfies { [K in keyof DecisionInput]: readonly DecisionInput[K][] };
  const names = Object.keys(domains) as (keyof DecisionInput)[];
  function* extend(at: number, input: Partial<DecisionInput>): Generator<DecisionInput> {
    const name = names[at];
    if (name === undefined) yield input as DecisionInput;
    else for (const value of domains[name]) yield* extend(at + 1, { ...input, [name]: value });
  }
  yield* extend(0, {});
}

function lacksRight(input: DecisionInput): boolean {
  if (input.subject === "agent" && input.intent === "act" && input.frozen !== null) return true;
  return ![input.subjectActive, input.keyAllows, input.planAllows, input.roleAllows !== false].every(Boolean);
}

function liesOutside(input: DecisionInput): boolean {
  if (!input.inScope || input.membership === "ban") return true;
  return input.teamMode === "confidential" && !input.inTeam;
}

describe("decide", () => {
  it("each condition alone is enough to refuse", () => {
    expect(codeOf({})).toBe("allowed");
    expect(codeOf({ subjectActive: false })).toBe("subject_inactive");
    expect(codeOf({ keyAllows: false })).toBe("key_lacks_capability");
    expect(codeOf({ inScope: false })).toBe("out_of_scope hidden");
    expect(codeOf({ membership: null })).toBe("not_a_member hidden");
    expect(codeOf({ membership: "leave" })).toBe("not_a_member hidden");
    expect(codeOf({ membership: "ban" })).toBe("banned hidden");
    expect(codeOf({ teamMode: "confidential" })).toBe("team_confidential hidden");
    expect(codeOf({ roleAllows: false })).toBe("role_lacks_capability");
    expect(codeOf({ planAllows: false })).toBe("plan_lacks_capability");
    expect(codeOf({ subject: "agent", frozen: "channel" })).toBe("channel_frozen");
    expect(codeOf({ subject: "agent", frozen: "microdao" })).toBe("microdao_frozen");
  });

  it("a freeze silences agents, and nobody else; they still see what is said", () => {
    for (const frozen of ["channel", "microdao"] as const) {
      expect(codeOf({ frozen })).toBe("allowed");
      expect(codeOf({ subject: "integration", frozen })).toBe("allowed");
      expect(codeOf({ subject: "agent", intent: "see", frozen })).toBe("allowed");
    }
  });

  it.each([
    ["a stranger sees a public channel", { intent: "see", visibility: "public", belongs: false }, "allowed"],
    ["a stranger does not act in it", { visibility: "public", belongs: false }, "not_a_member"],
    ["one who belongs acts in it", { visibility: "public" }, "allowed"],
    ["one who belongs acts in a channel of the microDAO", { visibility: "microdao" }, "allowed"],
    [
      "a stranger does not see that",
      { intent: "see", visibility: "microdao", belongs: false },
      "not_a_member hidden",
    ],
    ["belonging opens no private channel", { intent: "see" }, "not_a_member hidden"],
    ["an invitation is enough to act", { membership: "invite", belongs: false }, "allowed"],
    ["an invitation is not enough to see", { intent: "see", membership: "invite" }, "not_a_member hidden"],
  ] as [string, Partial<DecisionInput>, string][])("agents: %s", (_fact, change, expected) => {
    expect(codeOf({ subject: "agent", roleAllows: null, membership: null, ...change })).toBe(expected);
  });

  it("an integration is in every channel of its microDAO, and in no other", () => {
    for (const visibility of ["public", "private", "microdao"] as const) {
      const input = { subject: "integration", roleAllows: null, membership: null, visibility } as const;
      expect(codeOf(input)).toBe("allowed");
      expect(codeOf({ ...input, belongs: false })).toBe("not_a_member hidden");
    }
  });

  it("an embassy is only in public channels of its microDAO", () => {
    const input = { subject: "embassy", roleAllows: null, membership: null } as const;
    expect(codeOf({ ...input, visibility: "public" })).toBe("allowed");
    expect(codeOf({ ...input, visibility: "public", belongs: false })).toBe("not_a_member hidden");
    expect(codeOf({ ...input, visibility: "microdao" })).toBe("not_a_member hidden");
    expect(codeOf({ ...input, visibility: "private" })).toBe("not_a_member hidden");
  });

  it("over every combination: what is allowed has every right and lies within", () => {
    let count = 0;
    for (const input of everyInput()) {
      count += 1;
      if (decide(input).allowed && (lacksRight(input) || liesOutside(input)))
        expect.fail(JSON.stringify(input));
    }
    expect(count).toBe(2 * 4 * 2 ** 4 * 3 * 6 * 3 * 2 * 3 * 2 * 3);
  });

  it("over every combination: a member with every right is allowed", () => {
    for (const input of everyInput()) {
      if (input.membership !== "join" || lacksRight(input) || liesOutside(input)) continue;
      if (!decide(input).allowed) expect.fail(JSON.stringify(input));
    }
  });

  it("over every combination: no added right takes one away", () => {
    const more = {
      keyAllows: true,
      planAllows: true,
      inTeam: true,
      belongs: true,
      inScope: true,
      frozen: null,
    };
    for (const input of everyInput()) {
      if (decide(input).allowed && !decide({ ...input, ...more }).allowed) expect.fail(JSON.stringify(input));
    }
  });

  it("over every combination: a refusal tells of a channel only to those who may see it", () => {
    for (const input of everyInput()) {
      const decision = decide(input);
      if (decision.allowed) continue;
      const seen = decide({
        ...input,
        intent: "see",
        subjectActive: true,
        keyAllows: true,
        planAllows: true,
        roleAllows: null,
      });
      if (decision.hidden === seen.allowed) expect.fail(JSON.stringify(input));
      if (decision.reason === "") expect.fail(decision.code);
    }
  });

  it("over every combination: the answer is what the table of the rules says", () => {
    let allowed = 0;
    for (const input of everyInput()) {
      const decision = decide(input);
      const expected = rules.find(([, , holds]) => !holds(input));
      if (expected === undefined ? !decision.allowed : decision.allowed) expect.fail(JSON.stringify(input));
      if (decision.allowed) allowed += 1;
      else if (decision.code !== expected?.[0] || decision.clause !== expected[1]) {
        expect.fail(`${decision.code} ${decision.clause}: ${JSON.stringify(input)}`);
      }
    }
    expect(allowed).toBeGreaterThan(1_000);
  });
});

/** Whom a channel lets in who is not a member: by subject and intent, then by visibility. Invited ones may also act. */
const doors: Readonly<Record<string, Record<DecisionInput["visibility"], "anybody" | "own" | "nobody">>> = {
  "user see": { public: "anybody", microdao: "own", private: "nobody" },
  "user act": { public: "own", microdao: "own", private: "nobody" },
  "agent see": { public: "anybody", microdao: "own", private: "nobody" },
  "agent act": { public: "own", microdao: "own", private: "nobody" },
  "integration see": { public: "own", microdao: "own", private: "own" },
  "integration act": { public: "own", microdao: "own", private: "own" },
  "embassy see": { public: "own", microdao: "nobody", private: "nobody" },
  "embassy act": { public: "own", microdao: "nobody", private: "nobody" },
};

function isLetIn({ subject, intent, visibility, membership, belongs }: DecisionInput): boolean {
  const door = doors[`${subject} ${intent}`]?.[visibility];
  const invited = intent === "act" && subject !== "integration" && membership === "invite";
  return membership === "join" || invited || door === "anybody" || (door === "own" && belongs);
}

const isSilenced = ({ subject, intent }: DecisionInput) => subject === "agent" && intent === "act";

/** What must hold, in the order in which it is looked at; the first that does not is the answer. */
const rules: readonly (readonly [DenialCode, Clause, (input: DecisionInput) => boolean])[] = [
  ["subject_inactive", "suspended", ({ subjectActive }) => subjectActive],
  ["key_lacks_capability", "capability", ({ keyAllows }) => keyAllows],
  ["out_of_scope", "capability", ({ inScope }) => inScope],
  ["banned", "membership", ({ membership }) => membership !== "ban"],
  ["not_a_member", "membership", isLetIn],
  ["team_confidential", "mode", ({ teamMode, inTeam }) => teamMode !== "confidential" || inTeam],
  ["role_lacks_capability", "role", ({ roleAllows }) => roleAllows !== false],
  ["plan_lacks_capability", "plan", ({ planAllows }) => planAllows],
  ["channel_frozen", "suspended", (input) => !(isSilenced(input) && input.frozen === "channel")],
  ["microdao_frozen", "suspended", (input) => !(isSilenced(input) && input.frozen === "microdao")],
];
