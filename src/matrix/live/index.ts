/**
 * What holds for a moment: who types, who has read what, who is there. In memory only, in the process that the
 * homeserver pushes to.
 * Always true: nothing durable depends on it, and it neither delays nor fails a transaction; private receipts are not read.
 */
export { type Live, type LiveOptions, openLive } from "./live.ts";
