/**
 * Matrix out: what agents say is delivered to its rooms.
 * Always true: a message's transaction id is stored before the first try and is the same in every try, no request is made
 * inside a database transaction, and the messages of one sender in one room keep their order.
 */
export type { EgressDeps } from "./deps.ts";
export { fetchEchoes } from "./fetch-echoes.ts";
export { passTypingOn } from "./pass-typing-on.ts";
export { typingThrough } from "./show-typing.ts";
export { deliverSends, type Egress, startEgress } from "./start-egress.ts";
