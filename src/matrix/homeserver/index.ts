/**
 * The homeserver as we call it: typed verbs over matrix-js-sdk's HTTP layer, which is used nowhere else in `src/`.
 * Always true: the token is in the `Authorization` header and nowhere else, the user acted as is in `user_id`, nothing is
 * retried here, and no body or token is logged.
 */
export {
  errcodeOf,
  finalRefusalOf,
  homeserverAway,
  homeserverRefused,
  isRefusal,
  isUnknownDevice,
  type Refusal,
} from "./errors.ts";
export type { EventVerbs, MessagesPage, SendEvent } from "./event-verbs.ts";
export { type Homeserver, openHomeserver } from "./homeserver.ts";
export type { FileToUpload, MediaVerbs } from "./media-verbs.ts";
export type { HomeserverRequest, RequestOptions, SendRequest } from "./request.ts";
export type { InRoom, RoomVerbs } from "./room-verbs.ts";
