import { type Database, type Tx, transact } from "../../db/index.ts";
import { audit } from "../../domain/governance/index.ts";
import { exportLines, exportType, memberPower, type Upload } from "../../domain/messaging/index.ts";
import { findUserByMatrixId } from "../../domain/tenancy/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { encodeId } from "../../kernel/ids.ts";
import type { Log } from "../../kernel/log.ts";
import { sayInRoom, wasSaid } from "../linking/say-in-room.ts";
import { uploadTooLarge, type WantedUpload } from "../media/index.ts";
import { exportedAnswer, exportTooLargeAnswer } from "./answers.ts";
import { powerOf } from "./command-table.ts";
import type { SendExportPayload } from "./jobs.ts";
import { findAnswerableChannel } from "./run-command.ts";

export interface ExportDeps {
  readonly database: Database;
  /** Takes files to the homeserver, as large as it and the bridge allow. */
  readonly uploads: { upload(wanted: WantedUpload): Promise<Upload> };
  readonly log: Log;
  readonly wakeEgress: () => void;
}

/** A file that is there, or why there is none. */
type Made = { readonly upload: Upload } | { readonly limitBytes: number };

/**
 * Puts a channel's export as a file into the thread of the question, once. It is written to disk a page at a time and
 * uploaded from there. Whether whoever asked may is looked at before anything is read, and once more when it is posted.
 * Nothing is in it that the database has not: no text of confidential teams, and encrypted rooms get no answer at all.
 * Throws `media_unavailable` when the homeserver is away: the job is tried again.
 */
export async function handleSendExport(deps: ExportDeps, payload: SendExportPayload): Promise<void> {
  const channelId = await transact(deps.database, bridgeActor, (tx) => findAsked(tx, payload));
  if (channelId === undefined) return;
  const made = await makeFile(deps, channelId);
  const said = await transact(deps.database, bridgeActor, async (tx) => {
    if ((await findAsked(tx, payload)) !== channelId) return false;
    await post(tx, { channelId, made, payload });
    return true;
  });
  if (!said) return;
  deps.log.info({ roomId: payload.roomId, eventId: payload.eventId }, "an export was put into its room");
  deps.wakeEgress();
}

/** The channel's uuid, while its room may be answered in, whoever asked still may, and nothing was said yet. */
async function findAsked(
  tx: Tx,
  { roomId, eventId, sender }: SendExportPayload,
): Promise<string | undefined> {
  if (await wasSaid(tx.db, keyOf(eventId))) return undefined;
  const { joined, power } = await memberPower(tx.db, roomId, sender);
  return joined && power >= powerOf.admin ? findAnswerableChannel(tx, roomId) : undefined;
}

function keyOf(eventId: string): string {
  return `command:${eventId}`;
}

async function makeFile({ database, uploads }: ExportDeps, channelId: string): Promise<Made> {
  const body = bytesOf(exportLines(database.db, channelId));
  try {
    return { upload: await uploads.upload({ body, contentType: exportType, length: undefined }) };
  } catch (error) {
    if (uploadTooLarge.is(error)) return { limitBytes: error.details.limitBytes };
    throw error;
  }
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(line);
}

async function post(
  tx: Tx,
  { channelId, made, payload }: { channelId: string; made: Made; payload: SendExportPayload },
): Promise<void> {
  const { roomId, eventId, sender } = payload;
  const id = encodeId("c", channelId);
  const saying = { channelId, key: keyOf(eventId), inThreadOf: eventId };
  if ("limitBytes" in made) {
    await sayInRoom(tx, { ...saying, text: exportTooLargeAnswer(id, made.limitBytes) });
    return;
  }
  const attachment = { mxc: made.upload.mxc, filename: `${id}.ndjson` };
  await sayInRoom(tx, { ...saying, text: exportedAnswer, attachment });
  const user = await findUserByMatrixId(tx.db, sender);
  const actor = user === undefined ? bridgeActor : { id: encodeId("u", user.id), kind: "user" as const };
  await audit(
    { ...tx, actor },
    {
      action: "channel.exported",
      resourceKind: "channel",
      resourceId: id,
      data: { matrix_room_id: roomId, matrix_event_id: eventId, bytes: made.upload.bytes },
    },
  );
}
