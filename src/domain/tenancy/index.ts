/**
 * Who there is: users, microDAOs and their members. A person who only exists in Matrix is a user with a Matrix id and
 * nothing else. Always true: one row per Matrix id, and the owner of a microDAO is a member of it.
 */
export { ensureUserByMatrixId, findUserByMatrixId } from "./ensure-user.ts";
export {
  lastOwner,
  matrixIdInvalid,
  microdaoMemberMissing,
  microdaoMissing,
  microdaoNameInvalid,
  microdaoRoleTooHigh,
} from "./errors.ts";
export { clearProfiles, ensureMatrixUsers, type Profile, profilesPart } from "./matrix-users-store.ts";
export { changeMicrodaoRole, type MicrodaoRoleChange } from "./microdao-members.ts";
export { listMicrodaoMembers, type MicrodaoMemberView } from "./microdao-members-store.ts";
export {
  addMicrodaoMember,
  createMicrodao,
  findMicrodao,
  findMicrodaosOfUser,
  findOwner,
  listMicrodaos,
  type NewMicrodao,
  requireMicrodao,
  setAliasChannels,
  setMicrodaoName,
  setMicrodaoSpace,
} from "./microdaos.ts";
export {
  deleteSpaceMembers as removeSpaceMembers,
  insertSpaceMembers as addSpaceMembers,
  type Microdao,
  type MicrodaoMember,
  type MicrodaoRole,
  type Plan,
  selectMembersWithRole as findMembersWithRole,
} from "./microdaos-store.ts";
export { userIdOf } from "./user-ids.ts";
export { eraseUser, selectMatrixIdOf as findMatrixIdOf, type User } from "./users-store.ts";
