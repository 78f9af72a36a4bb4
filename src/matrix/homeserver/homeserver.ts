import { type AccountVerbs, accountVerbs } from "./account-verbs.ts";
import { isRefusal } from "./errors.ts";
import { type EventVerbs, eventVerbs } from "./event-verbs.ts";
import { type MediaVerbs, mediaVerbs } from "./media-verbs.ts";
import { asOwnUser } from "./own-user.ts";
import { openRequests, type RequestOptions, type SendRequest } from "./request.ts";
import { type OrMissing, type RoomVerbs, roomVerbs } from "./room-verbs.ts";

/** The client-server API as this bridge uses it. Every call throws `homeserver_refused` or `homeserver_away` and nothing else. */
export interface Homeserver extends AccountVerbs, RoomVerbs, EventVerbs, MediaVerbs {
  /** Any request that has no verb of its own. */
  readonly request: SendRequest;
}

export interface HomeserverOptions extends RequestOptions {
  /** The bot: it is registered when the homeserver refuses it because it is not. Left out: nobody is. */
  readonly botUserId?: string;
}

/** A client with the application service's token. It keeps no timer and no connection that needs closing. */
export function openHomeserver(options: HomeserverOptions): Homeserver {
  const request = requestsOf(options);
  return {
    request,
    ...accountVerbs(request),
    ...roomVerbs(request, orMissing),
    ...eventVerbs(request, orMissing),
    ...mediaVerbs(request, options),
  };
}

function requestsOf({ botUserId, ...options }: HomeserverOptions): SendRequest {
  const send = openRequests(options);
  if (botUserId === undefined) return send;
  const account = accountVerbs(send);
  return asOwnUser(send, { userId: botUserId, register: () => account.registerUser(botUserId) });
}

const orMissing: OrMissing = async (reply) => {
  try {
    return await reply;
  } catch (error) {
    if (isRefusal(error, "M_NOT_FOUND")) return undefined;
    throw error;
  }
};
