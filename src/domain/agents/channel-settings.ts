import type { Tx } from "../../db/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { audit } from "../governance/index.ts";
import { plainReactionKey, refreshListening } from "../messaging/index.ts";
import { foldWords } from "./run-triggers.ts";
import { type ChannelSettings, deleteSettings, selectSettings, upsertSettings } from "./settings-store.ts";

/** What holds where nothing was set. */
export const defaultSettings: ChannelSettings = {
  onMention: true,
  onName: false,
  onReply: true,
  onDirect: true,
  onCommand: true,
  keywords: [],
  reactionKeys: [],
  who: "everybody",
  answersAgents: null,
};

interface Place {
  /** uuid */
  readonly agentId: string;
  /** uuid */
  readonly channelId: string;
  readonly microdaoId: string;
  readonly teamId: string | null;
}

/** Sets what an agent reacts to in a channel, and gives it as it is kept: words folded, keys plain, each once. */
export async function setChannelSettings(
  tx: Tx,
  place: Place,
  wanted: ChannelSettings,
): Promise<ChannelSettings> {
  const settings = {
    ...wanted,
    keywords: [...new Set(wanted.keywords.map(foldWords))].filter((word) => word !== ""),
    reactionKeys: [...new Set(wanted.reactionKeys.map(plainReactionKey))].filter((key) => key !== ""),
  };
  await upsertSettings(tx, place.agentId, place.channelId, settings);
  await refreshListening(tx, place.channelId);
  await note(tx, place, "agent.channel_settings.set", settings);
  return settings;
}

/** Back to what holds where nothing was set. Safe to repeat. */
export async function removeChannelSettings(tx: Tx, place: Place): Promise<void> {
  if (!(await deleteSettings(tx, place.agentId, place.channelId))) return;
  await refreshListening(tx, place.channelId);
  await note(tx, place, "agent.channel_settings.removed", {});
}

export async function findChannelSettings(
  db: Tx["db"],
  { agentId, channelId }: Pick<Place, "agentId" | "channelId">,
): Promise<ChannelSettings> {
  return (await selectSettings(db, agentId, channelId)) ?? defaultSettings;
}

function note(tx: Tx, { agentId, channelId, microdaoId, teamId }: Place, action: string, data: object) {
  return audit(tx, {
    action,
    resourceKind: "agent",
    resourceId: encodeId("ag", agentId),
    microdaoId,
    teamId,
    data: { channel_id: encodeId("c", channelId), ...data },
  });
}
