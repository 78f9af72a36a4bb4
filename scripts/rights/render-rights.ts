import {
  type CapabilityRow,
  type DecisionInput,
  decide,
  plans,
  roles,
  seededBundles,
} from "../../src/domain/governance/index.ts";
import { type CommandRow, powerOf } from "../../src/matrix/commands/command-table.ts";
import { commandRights, jobRights, routeRights } from "./entrances.ts";

/** What the page is made of. */
export interface RightsParts {
  readonly capabilities: readonly CapabilityRow[];
  readonly commands: readonly CommandRow[];
  /** `operationId` and how the route is called, as `GET /v1/channels`. */
  readonly routes: readonly { readonly operationId: string; readonly call: string }[];
  readonly jobs: readonly string[];
}

const modes = [
  ["Channels of no team, or of an open one", { teamMode: null, inTeam: false }],
  ["Channels of a confidential team, for those in the team", { teamMode: "confidential", inTeam: true }],
  ["Channels of a confidential team, for everybody else", { teamMode: "confidential", inTeam: false }],
] as const satisfies readonly (readonly [string, Pick<DecisionInput, "teamMode" | "inTeam">])[];

/** `docs/rights.md`: every cell is what `decide` says. */
export function renderRights({ capabilities, commands, routes, jobs }: RightsParts): string {
  return [
    "# Who may do what",
    "",
    "Written by `scripts/rights.ts` from the code: do not edit. A request is let through when all of this holds, and the first",
    "that does not is named in the refusal as its `clause`: the agent of the key is active (`suspended`), the key holds the",
    "capability and reaches as far (`capability`), its subject is in the channel or the channel is open to it (`membership`), the",
    "team's mode lets it in (`mode`), the person's role holds the capability (`role`), the plan of the microDAO does (`plan`), nobody",
    "has frozen the place (`suspended`, for what agents do), and something is left of the quota (`quota`).",
    "",
    "## Capabilities by role, plan and mode of the team",
    "",
    "For a person who is a member of the channel, with a key that holds the capability. A cell names the plans; – is never. Agents,",
    "programs and embassies have no role: for them the row's plans count, and what their key holds.",
    ...modes.flatMap(([title, mode]) => ["", `### ${title}`, "", ...matrix(capabilities, mode)]),
    "",
    "No text of confidential teams is in the database at all, so whoever may read there reads times and senders. In frozen places",
    "agents see what everybody sees and do nothing.",
    "",
    "## What the routes demand",
    "",
    "| route | capability | besides |",
    "|---|---|---|",
    ...routes.map(({ operationId, call }) => routeLine(operationId, call)),
    "",
    "## What commands in a room demand",
    "",
    "Whoever writes one must be in the room.",
    "",
    "| command | power level | besides |",
    "|---|---|---|",
    ...commands.map(commandLine),
    "",
    "## For whom jobs act",
    "",
    "| job | for |",
    "|---|---|",
    ...jobs.map((name) => `| \`${name}\` | ${jobRights[name] ?? "?"} |`),
    "",
  ].join("\n");
}

function matrix(
  capabilities: readonly CapabilityRow[],
  mode: Pick<DecisionInput, "teamMode" | "inTeam">,
): string[] {
  const holds = new Map(seededBundles().map((bundle) => [bundle.name, new Set(bundle.capabilities)]));
  const cell = (code: string, role: string) => {
    const allowed = plans.filter(
      (plan) =>
        decide({
          ...open,
          ...mode,
          intent: code.endsWith(".read") ? "see" : "act",
          roleAllows: holds.get(`bundle.role.${role}`)?.has(code) === true,
          planAllows: holds.get(`bundle.plan.${plan}`)?.has(code) === true,
        }).allowed,
    );
    return namePlans(allowed);
  };
  return [
    `| capability | ${roles.join(" | ")} |`,
    `|---|${roles.map(() => "---|").join("")}`,
    ...capabilities.map(([code]) => `| \`${code}\` | ${roles.map((role) => cell(code, role)).join(" | ")} |`),
  ];
}

const open = {
  subject: "user",
  subjectActive: true,
  keyAllows: true,
  inScope: true,
  belongs: true,
  visibility: "private",
  membership: "join",
  frozen: null,
} as const;

function namePlans(allowed: readonly string[]): string {
  if (allowed.length === 0) return "–";
  return allowed.length === plans.length ? "all plans" : allowed.join(", ");
}

function routeLine(operationId: string, call: string): string {
  const right = routeRights[operationId];
  const demands = right?.demands.map((code) => `\`${code}\``).join(" or ") ?? "?";
  const besides = [right?.agentsOnly && "an agent's key", right?.besides].filter(Boolean).join("; ");
  return `| \`${call}\` | ${demands === "" ? "–" : demands} | ${besides} |`;
}

function commandLine({ verb, who, usage }: CommandRow): string {
  const power = powerOf[who];
  return `| \`!dao ${usage}\` | ${Number.isFinite(power) ? power : "any"} | ${commandRights[verb] ?? ""} |`;
}
