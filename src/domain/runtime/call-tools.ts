import { transact } from "../../db/index.ts";
import { AppError, messageOf } from "../../kernel/errors.ts";
import type { ClaimedRun } from "../agents/index.ts";
import { audit } from "../governance/index.ts";
import { askApproval } from "./ask-approval.ts";
import type { Calling } from "./calling.ts";
import { toolRefused } from "./errors.ts";
import { untagged } from "./frame-talk.ts";
import { requireBoth } from "./rights.ts";
import { type CallRow, type CallStatus, updateCall } from "./tool-calls-store.ts";
import type { OwnTool } from "./toolbox.ts";

const longestResult = 12_000;

/** Does what was called and is not done yet, one after the other. Gives until when to wait if a person has to allow one. */
export async function callTools(
  calling: Calling,
  rows: readonly CallRow[],
): Promise<{ readonly rows: readonly CallRow[] } | { readonly waitingUntil: Date }> {
  const settled: CallRow[] = [];
  let waitingUntil: Date | undefined;
  for (const row of rows) {
    calling.signal.throwIfAborted();
    const after = await settle(calling, row);
    settled.push(after);
    if (after.status === "waiting" && after.expiresAt !== null) waitingUntil ??= after.expiresAt;
  }
  return waitingUntil === undefined ? { rows: settled } : { waitingUntil };
}

/** What a model is told of a call. It is marked as something to read, and cannot end the mark. */
export function resultFor({ tool, status, result }: CallRow): string {
  return `<tool_result tool="${tool.replaceAll(/\W/g, "_")}" status="${status}">\n${untagged(result ?? "")}\n</tool_result>`;
}

async function settle(calling: Calling, row: CallRow): Promise<CallRow> {
  const now = calling.database.clock.now();
  if (row.status === "waiting") {
    if (row.expiresAt !== null && row.expiresAt > now) return row;
    return note(calling, row, { status: "refused", result: "Nobody has allowed it." });
  }
  if (row.status !== "called" && row.status !== "approved") return row;
  const own = await permitted(calling, row);
  return own instanceof AppError ? refuse(calling, row, own) : begin(calling, row, own);
}

/** The tool, if the agent has it and both it and whoever asks may use it; else why not. */
async function permitted(calling: Calling, row: CallRow): Promise<OwnTool | AppError> {
  const own = calling.tools.get(row.tool);
  if (own === undefined) return toolRefused({ why: "you have no such tool" });
  if (calling.askerUnknown) return toolRefused({ why: "whoever asks is not known here" });
  try {
    await requireBoth(calling.database.db, calling, own.tool.capability, calling.run);
    return own;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === "unavailable" || error.kind === "bug") throw error;
    return error;
  }
}

async function begin(calling: Calling, row: CallRow, own: OwnTool): Promise<CallRow> {
  const input = own.tool.input.safeParse(row.input);
  if (!input.success) {
    const faults = input.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    return note(calling, row, { status: "failed", result: `The input is wrong: ${faults.join("; ")}` });
  }
  const asks = own.asksAlways || own.tool.needsApproval(input.data);
  if (asks && row.status === "called")
    return { ...row, status: "waiting", expiresAt: await askApproval(calling, row) };
  // Whoever dies while it sends something does not send it again: this would have to be allowed anew.
  if (asks && own.tool.work.kind === "reads") await note(calling, row, { status: "called", result: "" });
  return perform(calling, row, { own, input: input.data });
}

async function perform(
  calling: Calling,
  row: CallRow,
  { own, input }: { readonly own: OwnTool; readonly input: unknown },
): Promise<CallRow> {
  const { database, agent } = calling;
  const { work } = own.tool;
  try {
    if (work.kind === "reads")
      return await note(calling, row, { status: "done", result: await work.run(calling, input) });
    return await transact(database, agent.actor, async (tx) => {
      const result = (await work.run(tx, calling, input)).slice(0, longestResult);
      await updateCall(tx, { id: row.id, status: "done", result });
      return { ...row, status: "done", result };
    });
  } catch (error) {
    calling.signal.throwIfAborted();
    if (!(error instanceof AppError) || error.kind === "bug") throw error;
    return note(calling, row, { status: "failed", result: `It did not work: ${messageOf(error)}` });
  }
}

async function note(
  { database, agent }: Pick<Calling, "database" | "agent">,
  row: CallRow,
  after: { readonly status: CallStatus; readonly result: string },
): Promise<CallRow> {
  const result = after.result.slice(0, longestResult);
  await transact(database, agent.actor, (tx) => updateCall(tx, { id: row.id, status: after.status, result }));
  return { ...row, status: after.status, result };
}

/** A call without the right is told to the model, and written down for those who look after agents. */
async function refuse(
  { database, agent, run }: Pick<Calling, "database" | "agent" | "run">,
  row: CallRow,
  why: AppError,
): Promise<CallRow> {
  const result = `Refused: ${why.message}`;
  await transact(database, agent.actor, async (tx) => {
    if (!(await updateCall(tx, { id: row.id, status: "refused", result }))) return;
    await auditCall(tx, run, "tool_call.refused", { ...row, reason: why.code });
  });
  return { ...row, status: "refused", result };
}

export function auditCall(
  tx: Parameters<typeof audit>[0],
  { runId, microdaoId, teamId, trigger }: Pick<ClaimedRun, "runId" | "microdaoId" | "teamId" | "trigger">,
  action: string,
  { id, tool, reason }: { readonly id: string; readonly tool: string; readonly reason: string },
): Promise<void> {
  return audit(tx, {
    action,
    resourceKind: "tool_call",
    resourceId: id,
    microdaoId,
    teamId,
    data: { tool: tool.slice(0, 64), run_id: runId, asker: trigger.asker, reason },
  });
}
