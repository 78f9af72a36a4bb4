/**
 * Channels, their members and messages: the mirror of Matrix rooms, and what agents say in them.
 * Always true: the mirror's tables are a function of the set of facts recorded (`recordFacts`), whatever their order;
 * a message that an agent posts keeps the id it was given (`matrix.sends.id`) when its event comes back.
 */

export { type AddressedChannel, findChannelBySlug } from "./addresses-store.ts";
export {
  type AnswerKnockPayload,
  answerKnock,
  answerKnockJob,
  askerLacksPower,
  botLacksPower,
  type KnockAnswer,
  knockMissing,
} from "./answer-knock.ts";
export { archiveChannel } from "./archive-channel.ts";
export { lookAround, type Places, type Surroundings } from "./batch.ts";
export type { Cause } from "./cause.ts";
export { causeOf } from "./cause.ts";
export {
  type ChannelChange,
  type ChannelRole,
  changeChannel,
  changeRole,
  memberMissing,
} from "./change-channel.ts";
export { selectChannelOfMessage as findChannelOfMessage } from "./change-target-store.ts";
export {
  type Asker,
  type MemberCount,
  type Neighbour,
  readAsker,
  readInvitableAgents,
  readMemberCounts,
  readNeighbours,
  shownAtMost,
} from "./channel-questions.ts";
export { isSlug } from "./channel-slug.ts";
export { type ChannelStatus, countLimit, countRecentSends, readChannelStatus } from "./channel-status.ts";
export { selectAgentsInChannel as listAgentsInChannel } from "./channels-store.ts";
export {
  type Asked,
  type ChannelToCreate,
  type Created,
  channelNameInvalid,
  createChannel,
  foundMicrodao,
  type MicrodaoToFound,
} from "./create-channel.ts";
export { mirroredStateTypes } from "./describe-room.ts";
export { editMessage } from "./edit-message.ts";
export { endStreamsOfRuns } from "./end-streams-of-runs.ts";
export {
  type AgentTraceCounts,
  type AgentTraces,
  agentNotErased,
  type Erasure,
  erasePerson,
  findPerson,
  type Person,
  type PersonCounts,
} from "./erase-person.ts";
export { exportLines, exportType } from "./export-lines.ts";
export type {
  Content,
  EditFact,
  Fact,
  FactSource,
  MemberFact,
  Membership,
  MessageFact,
  MessageKind,
  PollFact,
  ReactionFact,
  Recorded,
  RecordedRoom,
  RedactionFact,
  RoomShown,
  Said,
  StateFact,
} from "./facts.ts";
export { failSend } from "./fail-send.ts";
export { type FoundMedia, findMedia } from "./find-media.ts";
export { type FinishedStream, finishStream, type StreamToFinish } from "./finish-stream.ts";
export { followSpaceMembers, redescribeChannels } from "./follow-space.ts";
export { assigneeMissing, followupMessageMissing, followupMissing, longestNote } from "./followup-errors.ts";
export {
  changeFollowup,
  createFollowup,
  type FollowupChange,
  type NewFollowup,
  pinMessage,
} from "./followups.ts";
export {
  type Followup,
  type FollowupStatus,
  findFollowup,
  findMessageByEvent,
  listFollowups,
} from "./followups-store.ts";
export { foundChannel, type NewChannel } from "./found-channel.ts";
export { freezePlace, type PlaceWish, unfreezePlace } from "./freeze.ts";
export { selectChannelsWithAgents as findChannelsWithAgents } from "./freeze-store.ts";
export { type GivenRole, giveMicrodaoRole } from "./give-microdao-role.ts";
export { type Grown, type Growth, growStream } from "./grow-stream.ts";
export {
  type ArchiveRoomPayload,
  archiveRoomJob,
  changeRoomJob,
  type GivePowersPayload,
  givePowersJob,
  type MakeRoomPayload,
  makeRoomJob,
  type ReactionPayload,
  type RoomChange,
  reactionJob,
  type SyncSpacePayload,
  syncSpaceJob,
  type TellFreezePayload,
  tellFreezeJob,
} from "./jobs.ts";
export { listKnocks } from "./knocks-store.ts";
export {
  abandonLink,
  finishLink,
  linkChannel,
  markRoomLeft,
  reopenChannel,
  turnIntoSpace,
} from "./link-channel.ts";
export { refreshListening } from "./listening-store.ts";
export { type MemberPower, memberPower } from "./member-power.ts";
export { type MessageBody, type MessageType, type UsedTool, uploadKey } from "./message-content.ts";
export { type MessageMedia, mediaOf } from "./message-media.ts";
export type { MessageView } from "./message-view.ts";
export { moveChannel, slugInvalid, slugTaken } from "./move-channel.ts";
export { recordRoomFailed, recordRoomMade, resumeNewRooms } from "./new-rooms.ts";
export {
  claimNewRoom,
  type NewRoomRow,
  selectNewRoom as findNewRoom,
  updateNewRoom,
} from "./new-rooms-store.ts";
export { type OpenedStream, openStream, type StreamToOpen } from "./open-stream.ts";
export { overruleState } from "./overrule-state.ts";
export { findContradictions } from "./overrule-store.ts";
export { type PowerPlan, planPowers, type RoomToChange } from "./plan-powers.ts";
export type { PollView } from "./poll-view.ts";
export { deleteSeenPolls as forgetSeenPolls } from "./polls-store.ts";
export {
  agentNotReady,
  channelConfidential,
  channelEncrypted,
  channelNotLinked,
  idempotencyKeyReused,
  messageEmpty,
  messageFailed,
  messageNotOwn,
  messageRedacted,
  messageTooLarge,
  targetMissing,
  targetNotDelivered,
} from "./post-errors.ts";
export { type PostedMessage, type PostMessage, postMessage } from "./post-message.ts";
export { batchRefused, postMessages } from "./post-messages.ts";
export { type ReadyPlace, requirePostPlace } from "./post-place.ts";
export type { MessageRef, Overflow, Saying } from "./prepare-sends.ts";
export { findEarlierMembership, updateDetached as markDetached } from "./presence-store.ts";
export type { Idempotency, QueuedSend } from "./queue-send.ts";
export { addReaction, type ReactionRequest, removeReaction } from "./react-to-message.ts";
export { knownReactionKeys, plainReactionKey } from "./reaction-keys.ts";
export { type ChannelView, readChannels } from "./read-channels.ts";
export { type Completeness, readCompleteness } from "./read-completeness.ts";
export { type HierarchyReader, readHierarchy } from "./read-hierarchy.ts";
export { listMembers, type MemberRange, type MemberView } from "./read-members.ts";
export { findMessage, type SendState, type TrackedMessage } from "./read-message.ts";
export { listMessages, type MessageRange, type Place } from "./read-messages.ts";
export { type MicrodaoView, readMicrodaos } from "./read-microdaos.ts";
export {
  type EventPlace,
  listReactions,
  listRelated,
  listVersions,
  type ReactionView,
  type RelationsTarget,
  type VersionView,
} from "./read-relations.ts";
export { dropEvents, rebuildEvents } from "./rebuild-events.ts";
export { countRoomsOfChannel, listEventIds } from "./rebuild-store.ts";
export { recordFacts } from "./record-facts.ts";
export { type RedactRequest, redactMessage } from "./redact-message.ts";
export { renameMicrodao } from "./rename-microdao.ts";
export {
  keptFromOf,
  longestRetentionDays,
  removeOldWords,
  retentionInvalid,
  setRetention,
} from "./retention.ts";
export { findRetention, type Retention } from "./retention-store.ts";
export {
  type ChannelLink,
  findChannelLink,
  findLinkedRoom,
  findRoomBirth,
  findRoomOfChannel,
  findRoomsByName,
  findStalledLinks,
  type LinkedRoom,
  listMirroredRooms,
  listRoomsOfChannel,
  type RoomStatus,
} from "./rooms-store.ts";
export { indexMessages, searchMessages } from "./search.ts";
export { snippetOf } from "./search-words.ts";
export {
  type ClaimedSend,
  claimNext,
  claimSends,
  lookAtHeld,
  releaseSend,
  renewLease,
  type SentEvent,
  takeBackSends,
} from "./send-claims-store.ts";
export { sendIdOf, sendMarkerKey } from "./send-marker.ts";
export {
  recordOutcome,
  type SendOutcome,
  takeUnseenSends,
  type UnseenSend,
} from "./send-queue-store.ts";
export { confirmSends } from "./sends.ts";
export {
  bridgeScope,
  failSendsOfAgent,
  findSend,
  noticeKeyPrefix,
  type Send,
  type SendKind,
  selectSendByKey as findSendByKey,
  sendsBell,
} from "./sends-store.ts";
export { silenceConfidential } from "./silence-confidential.ts";
export { inSpaceOrder, validOrder } from "./space-order.ts";
export {
  deepestSpace,
  findSpaceHome,
  type HierarchyRow,
  replaceSpaceChildren,
  type SpaceChild,
  type SpaceHome,
  selectSpacesAmong as findSpacesAmong,
  selectUnreadSpaces as findUnreadSpaces,
  updateChildWaiting,
} from "./spaces-store.ts";
export { type StreamRow, type StreamState, selectStream as findStream } from "./streams-store.ts";
export { longestSilenceMs, tendStreams } from "./tend-streams.ts";
export { type Unlinked, unlinkChannel } from "./unlink-channel.ts";
export {
  type ChannelMove,
  type ChannelMoved,
  isReplaced,
  moveToSuccessor,
  openUpgrade,
  settleUpgrade,
} from "./upgrade-channel.ts";
export {
  findOpenUpgradeTo,
  insertUpgrades as recordTombstones,
  touchStalledUpgrades as findStalledUpgrades,
  type Upgrade,
  type UpgradeStatus,
} from "./upgrades-store.ts";
export {
  deleteUploadLease as letGoOfUpload,
  deleteUploads as forgetUploads,
  type HashedUpload,
  insertUpload as rememberUpload,
  insertUploadLease as holdUpload,
  selectUpload as findUpload,
  type Upload,
} from "./uploads-store.ts";
export { selectUtterance as findUtterance } from "./utterances-store.ts";
export { type PowersOutcome, resumeWantedPowers, settlePowers } from "./wanted-powers.ts";
export {
  type ClaimedPowers,
  claimWantedPowers as claimPowers,
  releaseWantedPowers as freePowers,
} from "./wanted-powers-store.ts";
