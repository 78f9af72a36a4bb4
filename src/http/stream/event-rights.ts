import type { Database, OutboxRow } from "../../db/index.ts";
import {
  authorizeChannels,
  authorizeMicrodaos,
  type Principal,
  seeingCapability,
} from "../../domain/governance/index.ts";
import { monotonicMs } from "../../kernel/clock.ts";
import { decodeId } from "../../kernel/ids.ts";

/** What becomes of an event for one key: told, told without its text, or not told. */
export type Verdict = "clear" | "blank" | "hidden";

/** What one key may be told, by its rights of now. */
export interface EventRights {
  /** Who holds the key; looked at again while streams are open. */
  principal: Principal;
  /** The verdicts on these events, in their order. */
  judge(rows: readonly OutboxRow[]): Promise<Verdict[]>;
  /** Those of these channels (uuids) in which the key may read messages. */
  readable(channelIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Rights in this channel (uuid) have changed. */
  forget(channelId: string): void;
}

/** How long a decision counts when nothing is heard of a change: roles, plans and teams change without an event. */
const decisionMs = 3_000;
const keptDecisions = 5_000;

type Place = "channel" | "microdao";

/** Which capability lets a key hear of a topic, and where. What is not listed is told to nobody. */
const rules: readonly (readonly [prefix: string, place: Place, capability: string | null])[] = [
  ["chat.", "channel", "chat.message.read"],
  ["channel.", "channel", null],
  ["member.", "channel", null],
  ["followup.", "channel", "followup.read"],
  ["agent.run.", "channel", "agent.read"],
  ["audit.", "microdao", "audit.read"],
  ["access_key.", "microdao", "key.manage"],
];

/** The capabilities of which a key needs one for a stream to tell it anything. */
export const streamCapabilities = [
  "chat.message.read",
  "channel.read",
  "followup.read",
  "agent.read",
  "audit.read",
  "key.manage",
];

/** What has to be decided about an event. */
interface Question {
  readonly place: Place;
  readonly capability: string;
  /** The uuid; null for what belongs to the bridge as a whole. */
  readonly id: string | null;
}

export function openEventRights(database: Database, holder: Principal): EventRights {
  const decisions = new Map<string, { readonly verdict: Verdict; readonly until: number }>();
  let changes = 0;
  const rights: EventRights = {
    principal: holder,
    async judge(rows) {
      const questions = rows.map((row) => questionOf(row, rights.principal));
      const decided = await decideAll(questions.filter((question) => question !== undefined));
      return questions.map((question) => (question && decided.get(keyOf(question))) ?? "hidden");
    },
    async readable(channelIds) {
      const capability = "chat.message.read";
      const questions = channelIds.map((id) => ({ place: "channel", capability, id }) as const);
      const decided = await decideAll(questions);
      return new Set(
        channelIds.filter((id, index) => {
          const question = questions[index];
          return question !== undefined && id !== "" && decided.get(keyOf(question)) !== "hidden";
        }),
      );
    },
    forget(channelId) {
      changes += 1;
      for (const key of decisions.keys()) if (key.endsWith(channelId)) decisions.delete(key);
    },
  };

  async function decideAll(questions: readonly Question[]): Promise<ReadonlyMap<string, Verdict>> {
    const now = monotonicMs();
    const answers = new Map<string, Verdict>();
    const open = new Map<string, Question>();
    for (const question of questions) {
      const key = keyOf(question);
      const known = decisions.get(key);
      if (known !== undefined && known.until > now) answers.set(key, known.verdict);
      else open.set(key, question);
    }
    const seen = changes;
    for (const [key, verdict] of await ask(database, rights.principal, [...open.values()])) {
      answers.set(key, verdict);
      if (seen === changes) keep(key, verdict, now + decisionMs);
    }
    return answers;
  }

  function keep(key: string, verdict: Verdict, until: number): void {
    decisions.delete(key);
    decisions.set(key, { verdict, until });
    if (decisions.size <= keptDecisions) return;
    const [oldest] = decisions.keys();
    if (oldest !== undefined) decisions.delete(oldest);
  }

  return rights;
}

function keyOf({ capability, id }: Question): string {
  return `${capability} ${id ?? ""}`;
}

function questionOf(row: OutboxRow, principal: Principal): Question | undefined {
  const rule = rules.find(([prefix]) => row.topic.startsWith(prefix));
  if (rule === undefined) return undefined;
  const [, place, named] = rule;
  const capability = named ?? seeingCapability(principal);
  if (place === "microdao") {
    return { place, capability, id: row.microdaoId === null ? null : uuidOf("md", row.microdaoId) };
  }
  return row.channelId === null ? undefined : { place, capability, id: uuidOf("c", row.channelId) };
}

function uuidOf(prefix: "c" | "md", id: string): string {
  return decodeId(prefix, id) ?? "00000000-0000-0000-0000-000000000000";
}

/** One statement for each capability in question, two where it counts in both places. */
async function ask(
  database: Database,
  principal: Principal,
  questions: readonly Question[],
): Promise<Map<string, Verdict>> {
  const answers = new Map<string, Verdict>(questions.map((question) => [keyOf(question), "hidden"]));
  for (const [capability, asked] of Map.groupBy(questions, (question) => question.capability)) {
    if (!principal.capabilities.has(capability)) continue;
    const { db } = database;
    const channels = await authorizeChannels(db, principal, capability, idsOf(asked, "channel"));
    for (const [id, { confidential }] of channels) {
      answers.set(keyOf({ place: "channel", capability, id }), confidential ? "blank" : "clear");
    }
    for (const id of await authorizeMicrodaos(db, principal, capability, idsOf(asked, "microdao"))) {
      answers.set(keyOf({ place: "microdao", capability, id }), "clear");
    }
    if (isForWholeBridge(principal)) answers.set(keyOf({ place: "microdao", capability, id: null }), "clear");
  }
  return answers;
}

function idsOf(questions: readonly Question[], place: Place): string[] {
  return questions.flatMap((question) =>
    question.place === place && question.id !== null ? [question.id] : [],
  );
}

/** A key that is bound to nothing. */
function isForWholeBridge({ subject, scope }: Principal): boolean {
  return subject.kind === "integration" && scope.microdaoId === null && scope.teamId === null;
}
