import { maskUrlPassword } from "../../config/index.ts";
import type { QuickstartFacts } from "./quickstart-file.ts";

export interface QuickstartPage {
  readonly facts: QuickstartFacts;
  readonly dataDir: string;
  readonly isPrivate: boolean;
  /** Whether the database is the embedded one. */
  readonly isEmbedded: boolean;
}

/** What a newcomer reads when everything runs: what there is, who may log in, what to try. */
export function quickstartPage(page: QuickstartPage): string {
  return [
    "",
    "The microDAO Bridge runs.",
    "",
    ...addresses(page),
    "",
    ...whatNext(page),
    "",
    `For scripts: ${page.dataDir}/quickstart.json. Logs: ${page.dataDir}/bridge.log.`,
    "Ctrl-C stops everything that was started; npm start brings the same world back.",
    "",
  ].join("\n");
}

function addresses({ facts, dataDir, isPrivate, isEmbedded }: QuickstartPage): string[] {
  const server = isPrivate ? "a private Synapse" : "yours";
  const database = isEmbedded ? `embedded, data in ${dataDir}/postgres` : "yours";
  return [
    `  Homeserver   ${facts.homeserverUrl}  (${server}, named ${facts.serverName})`,
    `  Bridge       ${facts.bridgeUrl}  (API reference: ${facts.bridgeUrl}/docs)`,
    `  Database     ${maskUrlPassword(facts.databaseUrl)}  (${database})`,
    ...facts.users.map(({ userId, password }) => `  Login        ${userId}  password ${password}`),
  ];
}

function whatNext({ facts, dataDir }: QuickstartPage): string[] {
  const [general] = facts.rooms;
  const [agent] = facts.agents;
  const steps = [];
  if (general !== undefined && agent !== undefined) {
    steps.push(
      [
        `Sign in as alice with any Matrix client (homeserver ${facts.homeserverUrl}), open ${general.alias},`,
        `   and mention Sofia (${agent.matrixId}): she answers.`,
      ].join("\n"),
      [
        "See the room's rows through the API:",
        `     KEY=$(node -p "JSON.parse(fs.readFileSync('${dataDir}/quickstart.json')).adminKey")`,
        `     curl -H "Authorization: Bearer $KEY" ${facts.bridgeUrl}/v1/channels/${general.channelId}/messages`,
      ].join("\n"),
    );
  }
  steps.push(
    `Link a room of your own: invite ${facts.botUserId} to it. In the room, !dao help says what else it does.`,
  );
  return [
    "What to do next",
    ...steps.map((step, index) => `  ${index + 1}. ${step.replaceAll("\n", "\n  ")}`),
  ];
}

/** What the admin of a homeserver that does not know the bridge yet has to do. */
export function registrationPage(registrationPath: string, homeserverUrl: string): string {
  return [
    "",
    `${homeserverUrl} does not know the bridge yet. Its admin introduces it once:`,
    `  1. Copy ${registrationPath} to where the homeserver can read it.`,
    "  2. Synapse: name that file in homeserver.yaml, under app_service_config_files:",
    "       app_service_config_files:",
    `         - ${registrationPath}`,
    "     Other homeservers have their own way to add an application service.",
    "  3. Restart the homeserver.",
    "Waiting for that; Ctrl-C stops.",
    "",
  ].join("\n");
}
