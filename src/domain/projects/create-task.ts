import type { Tx } from "../../db/index.ts";
import { declareError } from "../../kernel/errors.ts";
import { encodeId, newId } from "../../kernel/ids.ts";
import { insertTask, selectAssignee } from "./tasks-store.ts";

export const taskRefused = declareError<{ what: string }>("task_invalid", "invalid", ({ what }) => what);

export interface NewTask {
  /** uuids */
  readonly microdaoId: string;
  readonly channelId: string;
  readonly teamId: string | null;
  readonly title: string;
  /** The Matrix id of a person in the channel. */
  readonly assignee?: string | undefined;
}

export interface Task {
  /** `task_…` */
  readonly id: string;
  readonly title: string;
  readonly status: "open";
}

/**
 * Makes a task, for `tx.actor`; whether it may is for the caller to ask (`task.create`). Tells `task.created`. Throws
 * `task_invalid`.
 */
export async function createTask(tx: Tx, input: NewTask): Promise<Task> {
  const title = input.title.trim();
  if (!/^\P{Cc}{1,200}$/u.test(title))
    throw taskRefused({ what: "A task's title has 1 to 200 characters on one line." });
  const { microdaoId, channelId, teamId, assignee } = input;
  const assigneeId = assignee === undefined ? null : await selectAssignee(tx.db, channelId, assignee);
  if (assigneeId === undefined) throw taskRefused({ what: "The assignee is nobody who is in this channel." });
  const task: Task = { id: newId("task", tx.now), title, status: "open" };
  await insertTask(tx, { ...task, assigneeId, microdaoId, channelId });
  tx.emit({
    topic: "task.created",
    key: task.id,
    at: tx.now,
    actor: tx.actor,
    microdaoId: encodeId("md", microdaoId),
    teamId,
    payload: {
      task_id: task.id,
      title,
      status: task.status,
      channel_id: encodeId("c", channelId),
      assignee: assigneeId === null ? null : encodeId("u", assigneeId),
    },
  });
  return task;
}
