import { type Tx, transact } from "../../db/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { errcodeOf, homeserverAway, homeserverRefused, type Refusal } from "../homeserver/index.ts";
import { findMembership } from "../ingest/triggers-store.ts";
import type { LinkingDeps } from "./deps.ts";
import { deleteRefusal, type Invited, updateNextTry, upsertRefusal } from "./refused-joins-store.ts";

export interface Invitation extends Invited {
  /** The invitation, when it is known which one it is. */
  readonly inviteEventId: string | undefined;
  /** Servers that are in the room, should ours not be. */
  readonly via?: readonly string[];
}

type Deps = Pick<LinkingDeps, "database" | "homeserver" | "log">;

/** Asks for the next try in the transaction that writes it down. `attempt` tells one from the other. */
type AskAgain = (tx: Tx, next: { attempt: number; startAfter: Date }) => void;

/** Eight minutes in all. */
const pausesMs = [1, 2, 4, 8, 15, 30, 60, 120, 240].map((seconds) => seconds * 1000);
const longestReason = 300;

/**
 * An invitation was to be accepted and the homeserver said no. It says so, too, while the invitation stands: our user is
 * not registered yet ("Application service has not registered this user"), the server that invited has not stored the
 * invitation yet (Synapse tries again in `auto_accept_invites.py` for this reason), one process of the homeserver does not
 * know yet what another has stored. So it is tried again, with growing pauses, unless the invitation was taken back or the
 * user was removed or banned. Gives whether it is tried again. Safe to repeat.
 */
export async function acceptLater(
  deps: Deps,
  invitation: Invitation,
  refusal: Refusal,
  ask: AskAgain,
): Promise<boolean> {
  const { roomId, userId, inviteEventId } = invitation;
  const reason = `${refusal.errcode}: ${refusal.reason}`.slice(0, longestReason);
  await register(deps, userId);
  if (isOut(await membershipOf(deps, invitation))) {
    await transact(deps.database, bridgeActor, (tx) => deleteRefusal(tx, invitation));
    deps.log.warn({ roomId, userId, reason }, "an invitation was taken back before it could be accepted");
    return false;
  }
  const { tries, nextTryAt } = await transact(deps.database, bridgeActor, async (tx) => {
    const tries = await upsertRefusal(tx, invitation, { inviteEventId, reason });
    const pauseMs = pausesMs[tries - 1];
    const nextTryAt = pauseMs === undefined ? null : new Date(tx.now.getTime() + pauseMs);
    await updateNextTry(tx, invitation, nextTryAt);
    if (nextTryAt !== null) ask(tx, { attempt: tries, startAfter: nextTryAt });
    return { tries, nextTryAt };
  });
  if (nextTryAt === null)
    deps.log.error({ roomId, userId, tries, reason }, "an invitation could not be accepted; invite again");
  else deps.log.warn({ roomId, userId, tries, reason }, "an invitation is refused and is tried again");
  return nextTryAt !== null;
}

/** The user is in the room: nothing is tried again. */
export async function noteAccepted({ database }: Pick<Deps, "database">, invited: Invited): Promise<void> {
  await transact(database, bridgeActor, (tx) => deleteRefusal(tx, invited));
}

/** What the homeserver says; where it does not say, what it has pushed. */
async function membershipOf(
  { database, homeserver }: Deps,
  { roomId, userId, via = [] }: Invitation,
): Promise<unknown> {
  try {
    const told = await homeserver.ownMembership({ roomId, asUser: userId, via });
    if (told !== undefined) return told;
  } catch (error) {
    if (!homeserverRefused.is(error) && !homeserverAway.is(error)) throw error;
  }
  return findMembership(database.db, roomId, userId);
}

function isOut(membership: unknown): boolean {
  return membership === "leave" || membership === "ban";
}

/** Who is not registered may not join. Whatever else is wrong with the user, the next try says. */
async function register({ homeserver, log }: Deps, userId: string): Promise<void> {
  try {
    await homeserver.registerUser(userId);
  } catch (error) {
    if (!homeserverRefused.is(error) && !homeserverAway.is(error)) throw error;
    const errcode = errcodeOf(error) ?? error.code;
    if (errcode !== "M_USER_IN_USE") log.warn({ userId, errcode }, "a user of ours could not be registered");
  }
}
