import type { Tx } from "../../db/index.ts";
import { plainReactionKey, refreshListening } from "../messaging/index.ts";
import { type AgentInChannel, auditInChannel } from "./audit-in-channel.ts";
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

/** Sets what an agent reacts to in a channel, and gives it as it is kept: words folded, keys plain, each once. */
export async function setChannelSettings(
  tx: Tx,
  place: AgentInChannel,
  wanted: ChannelSettings,
): Promise<ChannelSettings> {
  const settings = {
    ...wanted,
    keywords: [...new Set(wanted.keywords.map(foldWords))].filter((word) => word !== ""),
    reactionKeys: [...new Set(wanted.reactionKeys.map(plainReactionKey))].filter((key) => key !== ""),
  };
  await upsertSettings(tx, place.agentId, place.channelId, settings);
  await refreshListening(tx, place.channelId);
  await auditInChannel(tx, place, "agent.channel_settings.set", settings);
  return settings;
}

/** Back to what holds where nothing was set. Safe to repeat. */
export async function removeChannelSettings(tx: Tx, place: AgentInChannel): Promise<void> {
  if (!(await deleteSettings(tx, place.agentId, place.channelId))) return;
  await refreshListening(tx, place.channelId);
  await auditInChannel(tx, place, "agent.channel_settings.removed", {});
}

export async function findChannelSettings(
  db: Tx["db"],
  { agentId, channelId }: Pick<AgentInChannel, "agentId" | "channelId">,
): Promise<ChannelSettings> {
  return (await selectSettings(db, agentId, channelId)) ?? defaultSettings;
}
