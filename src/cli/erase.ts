import { Command } from "commander";
import { type Erasure, erasePerson, findPerson, type PersonCounts } from "../domain/messaging/index.ts";
import { agentTraces } from "../domain/runtime/index.ts";
import { dropLettersOf } from "../matrix/ingest/index.ts";
import { operator, withDatabase } from "./operator/open-database.ts";
import { print, table } from "./operator/print.ts";

interface EraseOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

/** What remains on purpose, and why. `docs/privacy.md` says more. */
const stays = [
  "the Matrix id, and rows without words that name it: what is told of that time again is recognised by it",
  "memberships, roles and times: who was where",
  "what others and agents said, quotes and mentions of this person included, and what agents remember because of others",
  "tasks that agents made for this person",
  "access keys, agents and microDAOs of this person: revoke or give them away by themselves",
  "the homeserver's own copies, events that were read from outbox_events before, backups",
];

/** `microdao erase`: removes a person, with a report. */
export function eraseCommand(): Command {
  return new Command("erase")
    .description("remove everything that a person said and is called, and report what was found")
    .argument("<matrix id>", "such as @bob:example.org")
    .option("--dry-run", "only count")
    .option("--json", "print JSON")
    .action((matrixId: string, options: EraseOptions) =>
      withDatabase(async ({ database }) => {
        const onlyCount = options.dryRun === true;
        const deadLetters = await dropLettersOf(database, matrixId, { onlyCount });
        const erasure = onlyCount
          ? await findPerson(database, matrixId, agentTraces)
          : await erasePerson(database, operator, matrixId, agentTraces);
        const report = { matrixId, dryRun: onlyCount, ...erasure, deadLetters, stays };
        print(options, report, () => sayErasure(matrixId, erasure, deadLetters));
      }),
    );
}

const names: Readonly<Record<keyof PersonCounts, string>> = {
  messages: "messages",
  edits: "edits",
  reactions: "reactions",
  votes: "votes in polls",
  memberEvents: "names in member events",
  channelMembers: "names in channels",
  profiles: "profile",
  memories: "what agents remember",
  runs: "what agents were asked",
  toolCalls: "calls of agents' tools",
  schedules: "schedules of agents",
};

function sayErasure(
  matrixId: string,
  { userId, erasedAt, found, left }: Erasure,
  deadLetters: number,
): string[] {
  const done = erasedAt === null ? "would be emptied" : "emptied";
  const rows = (Object.keys(names) as (keyof PersonCounts)[]).map((key) => [
    names[key],
    String(found[key]),
    erasedAt === null ? "–" : String(left[key]),
  ]);
  return [
    userId === null ? `Nobody has met ${matrixId} so far.` : `${matrixId} (${userId}):`,
    "",
    ...table(
      ["what", done, "left"],
      [...rows, ["dead letters", String(deadLetters), erasedAt === null ? "–" : "0"]],
    ),
    "",
    "What stays:",
    ...stays.map((line) => `- ${line}`),
  ];
}
