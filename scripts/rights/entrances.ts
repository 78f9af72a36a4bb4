/** Who a route is for: the agent of the key, or anybody whose key holds what it takes. */
export interface RouteRight {
  /** Any one of these capabilities; none when it is about the key itself, or the same for everybody. */
  readonly demands: readonly string[];
  readonly agentsOnly?: true;
  /** What cannot be said by a capability. */
  readonly besides?: string;
}

const read = "chat.message.read";
const send = "chat.message.send";
const see = ["channel.read", read];

function takes(...demands: readonly string[]): RouteRight {
  return { demands };
}

function agentTakes(capability: string, besides?: string): RouteRight {
  return { demands: [capability], agentsOnly: true, ...(besides !== undefined && { besides }) };
}

const ownRuns = "only runs that the agent holds, under their lease";
const ownKey = "the key in use sees itself without it";

const manages: RouteRight = { demands: ["agent.manage"], besides: "no agent's key" };

/** What every route of the API demands, by its `operationId`. A route without a row fails `test/governance/rights.test.ts`. */
export const routeRights: Readonly<Record<string, RouteRight>> = {
  getHealth: { demands: [], besides: "no key" },
  getReadiness: { demands: [], besides: "no key" },
  listChannels: takes(...see),
  createChannel: takes("channel.create"),
  getChannel: takes(...see),
  changeChannel: takes("channel.manage"),
  archiveChannel: takes("channel.manage"),
  listChannelMembers: takes(...see),
  changeMemberRole: takes("member.manage"),
  listMicrodaoMembers: takes(...see),
  setMicrodaoMember: { demands: ["member.manage"], besides: "no role above one's own" },
  removeMicrodaoMember: { demands: ["member.manage"], besides: "no role above one's own" },
  acceptKnock: takes("member.manage"),
  denyKnock: takes("member.manage"),
  exportChannel: takes("channel.export"),
  getChannelRetention: takes(...see),
  setChannelRetention: takes("channel.manage"),
  getChannelFreeze: takes(...see),
  freezeChannel: takes("channel.manage"),
  unfreezeChannel: takes("channel.manage"),
  erasePerson: { demands: ["person.erase"], besides: "a program's key that is bound to no microDAO" },
  listFollowups: takes("followup.read"),
  getFollowup: takes("followup.read"),
  createFollowup: takes("followup.manage"),
  createChannelFollowup: takes("followup.manage"),
  changeFollowup: takes("followup.manage"),
  listChannelMessages: takes(read),
  getMessage: takes(read),
  listThread: takes(read),
  listReplies: takes(read),
  listEdits: takes(read),
  listReactions: takes(read),
  searchMessages: takes(read),
  getMedia: takes(read),
  openStream: { demands: [], besides: "each event by the capability of what it tells" },
  postChannelMessage: agentTakes(send),
  postChannelMessages: agentTakes(send),
  growMessage: agentTakes(send, "only streams of the agent's own"),
  uploadMedia: agentTakes(send),
  putChannelTyping: agentTakes(send),
  editMessage: agentTakes(send, "only messages of the agent's own"),
  redactMessage: agentTakes(send, "`chat.message.redact` and power in the room for those of others"),
  addReaction: agentTakes(send),
  removeReaction: agentTakes(send),
  getSend: agentTakes(send, "only what the agent sends"),
  listMicrodaos: takes("microdao.read"),
  createMicrodao: takes("microdao.create"),
  getMicrodao: takes("microdao.read"),
  changeMicrodao: takes("microdao.manage"),
  getHierarchy: takes("microdao.read"),
  getMicrodaoFreeze: takes("microdao.read"),
  freezeMicrodao: takes("microdao.manage"),
  unfreezeMicrodao: takes("microdao.manage"),
  listAudit: takes("audit.read"),
  createKey: { demands: ["key.manage"], besides: "every capability that the new key is to hold" },
  listKeys: takes("key.manage"),
  getKey: { demands: ["key.manage"], besides: ownKey },
  revokeKey: { demands: ["key.manage"], besides: "the key in use ends itself without it" },
  rotateKey: { demands: ["key.manage"], besides: "every capability that the key holds" },
  getKeyUsage: { demands: ["key.manage"], besides: ownKey },
  setKeyQuotas: { demands: ["key.manage"], besides: "not of the key in use" },
  listCapabilities: takes(),
  listBundles: takes(),
  getAgentUsage: { demands: ["agent.read"], besides: "the agent itself without it" },
  setAgentQuotas: { demands: ["agent.manage"], besides: "not of the agent itself" },
  listAgents: takes("agent.read"),
  getAgent: takes("agent.read"),
  listAgentChanges: takes("agent.read"),
  createAgent: { demands: ["agent.request"], besides: "`agent.manage` for one that is active at once" },
  editAgent: manages,
  approveAgent: manages,
  refuseAgent: manages,
  suspendAgent: manages,
  activateAgent: manages,
  revokeAgent: manages,
  listBlueprints: takes("agent.read"),
  getBlueprint: takes("agent.read"),
  createBlueprint: takes("agent.manage"),
  editBlueprint: takes("agent.manage"),
  listModels: takes("agent.manage"),
  setModel: { demands: ["agent.manage"], besides: "a program's key that is bound to no microDAO" },
  removeModel: { demands: ["agent.manage"], besides: "a program's key that is bound to no microDAO" },
  createRun: takes("agent.run.invoke"),
  getRun: takes("agent.read"),
  listRuns: takes("agent.read"),
  listAgentSessions: takes("agent.read"),
  cancelRun: takes("agent.run.invoke"),
  getAgentChannelSettings: takes(...see),
  setAgentChannelSettings: takes("channel.manage"),
  removeAgentChannelSettings: takes("channel.manage"),
  listAgentSchedules: takes("channel.manage"),
  createAgentSchedule: takes("channel.manage"),
  removeAgentSchedule: takes("channel.manage"),
  openTriggers: agentTakes(read, "only triggers of the agent's own"),
  claimRuns: agentTakes(read, "only runs of the agent's own"),
  renewRun: { demands: [], agentsOnly: true, besides: ownRuns },
  completeRun: { demands: [], agentsOnly: true, besides: `${ownRuns}; \`${send}\` for the answer` },
  failRun: { demands: [], agentsOnly: true, besides: ownRuns },
  releaseRun: { demands: [], agentsOnly: true, besides: ownRuns },
  getRunContext: agentTakes(read, "only runs of the agent's own"),
  putAgentWebhook: takes("agent.manage"),
  getAgentWebhook: takes("agent.manage"),
  deleteAgentWebhook: takes("agent.manage"),
  rotateAgentWebhookSecret: takes("agent.manage"),
  listWebhookDeliveries: takes("agent.manage"),
  retryWebhookDelivery: takes("agent.manage"),
};

/** What commands in a room demand besides the power level that the table of commands names. */
export const commandRights: Readonly<Record<string, string>> = {
  freeze: "`channel.manage` by the role in the microDAO",
  unfreeze: "`channel.manage` by the role in the microDAO",
};

/** For whom jobs act, and what decided that they may. A job without a row fails the test as well. */
export const jobRights: Readonly<Record<string, string>> = {
  "matrix.link-room": "whoever invited the bot: the homeserver let them",
  "matrix.answer-ghost-invite":
    "whoever invited an agent: the homeserver let them; the agent must be of the microDAO",
  "matrix.leave-room": "nobody: decided by `unlink`",
  "matrix.follow-upgrade": "nobody: the room's own state",
  "matrix.answer-knock": "nobody: decided by `acceptKnock` and `denyKnock`",
  "matrix.found-channel": "whoever asked for the address: the microDAO has opened that",
  "matrix.make-room": "nobody: decided by `createChannel` and `createMicrodao`",
  "matrix.change-room": "nobody: decided by `changeChannel`",
  "matrix.give-powers": "nobody: decided by `changeMemberRole` and `setMicrodaoMember`",
  "matrix.archive-room": "nobody: decided by `archiveChannel`",
  "matrix.sync-space": "nobody: the space's own state",
  "matrix.backfill": "nobody: follows from linking",
  "matrix.reconcile": "nobody: the mirror itself",
  "matrix.run-command": "whoever wrote the command: the table of commands",
  "matrix.send-export": "whoever asked in the room: power level 100, looked at anew",
  "reactions.handle": "whoever reacted: each handler looks at them anew",
  "matrix.tell-freeze": "nobody: decided by `freezeChannel` and `freezeMicrodao`",
};
