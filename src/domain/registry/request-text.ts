import type { Agent } from "../governance/index.ts";

export interface ToldRequest {
  readonly agent: Pick<Agent, "externalId" | "name" | "kind" | "blueprint" | "model">;
  /** Who asks: a Matrix id, or another name. */
  readonly asker: string;
  readonly reason: string | null;
}

/** What a request is told with. Those who may decide are mentioned; nobody else is, whatever the request says. */
export function requestText(request: ToldRequest, deciders: readonly string[]): string {
  const call = deciders.length === 0 ? "" : `${deciders.join(", ")}: `;
  return `${aboutRequest(request)}\n${call}react with ✅ to approve it or with ❌ to refuse it.`;
}

/** The same when it has been decided. */
export function outcomeText(
  request: ToldRequest,
  outcome: { readonly approved: boolean; readonly by: string; readonly reason: string | null },
): string {
  const { approved, by, reason } = outcome;
  const why = reason === null ? "" : ` (${oneLine(reason)})`;
  return `${aboutRequest(request)}\n${approved ? "✅ Approved" : "❌ Refused"} by ${oneLine(by)}${why}.`;
}

function aboutRequest({ agent, asker, reason }: ToldRequest): string {
  const { externalId, name, kind, blueprint, model } = agent;
  const what = `${externalId} (${name}), ${kind}, made from ${blueprint}, model ${model}`;
  return [
    `${oneLine(asker)} asks for an agent: ${oneLine(what)}`,
    ...(reason === null ? [] : [`What for: ${oneLine(reason)}`]),
  ].join("\n");
}

/** Words of others on one line, with a word joiner behind each @, so that they mention nobody. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .replaceAll("@", "@\u2060");
}
