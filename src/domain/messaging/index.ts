/**
 * Channels, their members and messages: the mirror of Matrix rooms, and what agents say in them.
 * Always true: the mirror's tables are a function of the set of facts recorded (`recordFacts`), whatever their order;
 * a message that an agent posts keeps the id it was given (`matrix.sends.id`) when its event comes back.
 */
export { mirroredStateTypes } from "./describe-room.ts";
export type {
  Content,
  EditFact,
  Fact,
  FactSource,
  MemberFact,
  Membership,
  MessageFact,
  MessageKind,
  ReactionFact,
  Recorded,
  RedactionFact,
  Said,
  StateFact,
} from "./facts.ts";
export { recordFacts } from "./record-facts.ts";
export { sendIdOf, sendMarkerKey } from "./send-marker.ts";
export { confirmSends } from "./sends.ts";
