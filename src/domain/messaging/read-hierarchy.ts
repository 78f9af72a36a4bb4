import type { DbClient } from "../../db/index.ts";
import { inSpaceOrder } from "./space-order.ts";
import { type HierarchyRow, selectHierarchy } from "./spaces-store.ts";

/** Who reads: which channels they may see, and whether what is no channel yet is theirs to know. */
export interface HierarchyReader {
  readonly channels: ReadonlySet<string>;
  readonly mayManage: boolean;
}

/**
 * What is in a microDAO's space, as a tree that is written out: every space is followed by what is in it, and everything is in
 * the space's order. Channels that the reader may not see are left out, and so is a space in which nothing is left, and, unless
 * the reader manages channels, what waits to become a channel.
 */
export async function readHierarchy(
  db: DbClient,
  spaceId: string,
  reader: HierarchyReader,
): Promise<HierarchyRow[]> {
  const rows = (await selectHierarchy(db, spaceId)).filter((row) => isShown(row, reader));
  const bySpace = Map.groupBy(rows, (row) => row.spaceId);
  return writtenOut(bySpace, spaceId, { depth: 1, path: new Set([spaceId]) });
}

function isShown({ channelId, isSpace }: HierarchyRow, { channels, mayManage }: HierarchyReader): boolean {
  if (channelId !== null) return channels.has(channelId);
  return isSpace || mayManage;
}

function writtenOut(
  bySpace: ReadonlyMap<string, HierarchyRow[]>,
  spaceId: string,
  { depth, path }: { depth: number; path: ReadonlySet<string> },
): HierarchyRow[] {
  const children = (bySpace.get(spaceId) ?? []).toSorted(inSpaceOrder);
  return children.flatMap((row) => {
    if (path.has(row.roomId)) return [];
    const at = { ...row, depth };
    if (!row.isSpace) return [at];
    const within = writtenOut(bySpace, row.roomId, {
      depth: depth + 1,
      path: new Set([...path, row.roomId]),
    });
    return within.length === 0 ? [] : [at, ...within];
  });
}
