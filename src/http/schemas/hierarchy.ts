import { z } from "zod";
import type { HierarchyRow } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";

export const hierarchySchema = z
  .object({
    items: z.array(
      z.object({
        roomId: z.string().meta({ description: "The Matrix room or space." }),
        parentId: z.string().meta({ description: "The space that it is in." }),
        depth: z
          .int()
          .meta({ description: "1 in the microDAO's own space, one more in each space within it." }),
        kind: z.enum(["channel", "space", "waiting"]).meta({
          description: "`waiting`: the bot may not join it yet; shown to those who manage channels.",
        }),
        channelId: z.string().nullable().meta({ description: "`c_…` of a channel." }),
        name: z.string().nullable(),
        suggested: z.boolean().meta({ description: "Whether the space's admins recommend it." }),
        order: z.string().nullable(),
        waiting: z.string().nullable().meta({ description: "Why it is no channel yet." }),
      }),
    ),
  })
  .meta({ id: "Hierarchy", description: "Every space is followed by what is in it, in the space's order." });

export function presentHierarchy(rows: readonly HierarchyRow[]): z.infer<typeof hierarchySchema> {
  return {
    items: rows.map(
      ({ roomId, spaceId, depth, isSpace, channelId, channelName, suggested, order, waiting }) => ({
        roomId,
        parentId: spaceId,
        depth,
        kind: isSpace ? "space" : channelId === null ? "waiting" : "channel",
        channelId: channelId === null ? null : encodeId("c", channelId),
        name: channelName,
        suggested,
        order,
        waiting: channelId === null ? waiting : null,
      }),
    ),
  };
}
