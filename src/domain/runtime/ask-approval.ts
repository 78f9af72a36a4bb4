import { transact } from "../../db/index.ts";
import { jsonOf } from "../../kernel/json.ts";
import { postMessage } from "../messaging/index.ts";
import type { Calling } from "./calling.ts";
import { type CallRow, updateWaiting } from "./tool-calls-store.ts";

/** Who has not answered by then has refused. */
const waitMs = 10 * 60_000;
const longestShown = 800;

/** Asks in the room whether a tool may be used, by a message that is answered with a reaction. Gives until when. */
export async function askApproval(
  { database, agent, run, wakeEgress }: Calling,
  row: CallRow,
): Promise<Date> {
  const { channelId, agentId, runId, causationId, hop, trigger } = run;
  const expiresAt = new Date(database.clock.now().getTime() + waitMs);
  await transact(database, agent.actor, async (tx) => {
    const shown = jsonOf(row.input).slice(0, longestShown);
    const { sendId } = await postMessage(tx, {
      channelId,
      agentId,
      msgtype: "m.notice",
      body: {
        text:
          `May I use ${row.tool} with this?\n${shown}\n\n` +
          `React with ✅ to allow it or with ❌ to refuse. After ${waitMs / 60_000} minutes I go on without it.`,
      },
      ...(trigger.eventId !== null && { replyTo: { eventId: trigger.eventId } }),
      idempotency: { scope: `agent:${agentId}`, key: `tool:${row.id}` },
      cause: { runId, causationId, hop },
    });
    await updateWaiting(tx, { id: row.id, askedIn: sendId, expiresAt });
  });
  wakeEgress();
  return expiresAt;
}
