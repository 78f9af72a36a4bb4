import type { Tx } from "../../db/index.ts";
import { requireMicrodao, setMicrodaoName } from "../tenancy/index.ts";
import { changeRoomJob } from "./jobs.ts";

/** Gives a microDAO (uuid) another name; its space gets it after the commit. Throws `microdao_name_invalid`. */
export async function renameMicrodao(tx: Tx, microdaoId: string, name: string): Promise<void> {
  await setMicrodaoName(tx, microdaoId, name);
  const { matrixSpaceId: spaceId, name: given } = await requireMicrodao(tx.db, microdaoId);
  if (spaceId !== null) tx.enqueue(changeRoomJob, { roomId: spaceId, spaceId, name: given });
}
