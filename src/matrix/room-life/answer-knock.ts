import { type Database, transact } from "../../db/index.ts";
import { audit } from "../../domain/governance/index.ts";
import type { AnswerKnockPayload } from "../../domain/messaging/index.ts";
import { bridgeActor } from "../../kernel/actor.ts";
import { isObject } from "../../kernel/json.ts";
import type { Log } from "../../kernel/log.ts";
import { finalRefusalOf, type Homeserver } from "../homeserver/index.ts";

export interface KnockDeps {
  readonly database: Database;
  readonly homeserver: Pick<Homeserver, "stateEvent" | "invite" | "kick">;
  readonly botUserId: string;
  readonly log: Log;
}

/**
 * Invites who was accepted, removes who was denied (client-server API, "Knocking on rooms"). Whoever does not knock any
 * more is left alone, so it is safe to repeat. What the homeserver refuses is in the audit log.
 */
export async function handleAnswerKnock(deps: KnockDeps, asked: AnswerKnockPayload): Promise<void> {
  const { homeserver, botUserId: asUser } = deps;
  const { roomId, userId, answer } = asked;
  try {
    const state = { roomId, asUser, type: "m.room.member", stateKey: userId };
    const content = (await homeserver.stateEvent(state))?.["content"];
    if (!isObject(content) || content["membership"] !== "knock") return;
    if (answer === "accept") await homeserver.invite({ roomId, asUser, userId });
    else await homeserver.kick({ roomId, asUser, userId });
  } catch (error) {
    const refusal = finalRefusalOf(error);
    if (refusal === undefined) throw error;
    const { errcode, reason } = refusal;
    deps.log.warn({ roomId, answer, errcode }, "somebody who knocks could not be answered");
    await transact(deps.database, bridgeActor, (tx) =>
      audit(tx, {
        action: "member.knock_answer_failed",
        resourceKind: "member",
        resourceId: userId,
        data: { matrix_room_id: roomId, answer, errcode, reason },
      }),
    );
  }
}
