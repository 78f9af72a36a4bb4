import type { Tx } from "../../db/index.ts";
import { lastOwner, microdaoMemberMissing, microdaoRoleTooHigh } from "./errors.ts";
import { deleteMicrodaoMember, lockRoles, updateOwner } from "./microdao-members-store.ts";
import { type MicrodaoRole, upsertMicrodaoMember } from "./microdaos-store.ts";

/** Lowest first. */
const ranks: readonly MicrodaoRole[] = ["guest", "member", "admin", "owner"];

/** A program belongs to no microDAO; what it gives away is not owning one. */
const programRole: MicrodaoRole = "admin";

export interface MicrodaoRoleChange {
  /** uuids: of the microDAO, and of whose role it is. */
  readonly microdaoId: string;
  readonly userId: string;
  /** Null: no member any more. */
  readonly role: MicrodaoRole | null;
  /** uuid of the person who wants it; null for a program, which may do what admins may. */
  readonly askerId: string | null;
  /** Whoever runs the bridge does as owners do. */
  readonly byOperator?: true;
}

/**
 * Gives somebody a role in a microDAO, or ends the membership; gives the role before, null for none. Nobody gives more than
 * they hold or changes others who hold as much, save for owners among themselves; an owner stays. Of two changes at once
 * the second sees the first. Throws `role_too_high`, `last_owner`, `member_not_found`.
 */
export async function changeMicrodaoRole(tx: Tx, change: MicrodaoRoleChange): Promise<MicrodaoRole | null> {
  const { microdaoId, userId, role, askerId } = change;
  const before = await lockRoles(tx, { microdaoId, userId, askerId });
  if (!before.exists || (role === null && before.role === null)) throw microdaoMemberMissing({});
  const own = ownRole(change, before.askerRole);
  if (!mayChange({ own, isSelf: askerId === userId, from: before.role, to: role }))
    throw microdaoRoleTooHigh({});
  if (before.role === "owner" && role !== "owner") {
    if (before.otherOwner === null) throw lastOwner({});
    await updateOwner(tx, microdaoId, { from: userId, to: before.otherOwner });
  }
  if (role === null) await deleteMicrodaoMember(tx, microdaoId, userId);
  else await upsertMicrodaoMember(tx, { microdaoId, userId, role });
  return before.role;
}

function ownRole(
  { askerId, byOperator }: MicrodaoRoleChange,
  askerRole: MicrodaoRole | null,
): MicrodaoRole | null {
  if (byOperator === true) return "owner";
  return askerId === null ? programRole : askerRole;
}

interface Wish {
  readonly own: MicrodaoRole | null;
  readonly isSelf: boolean;
  readonly from: MicrodaoRole | null;
  readonly to: MicrodaoRole | null;
}

function mayChange({ own, isSelf, from, to }: Wish): boolean {
  if (own === "owner") return true;
  const rank = rankOf(own);
  return rankOf(to) <= rank && (isSelf || rankOf(from) < rank);
}

function rankOf(role: MicrodaoRole | null): number {
  return role === null ? -1 : ranks.indexOf(role);
}
