/**
 * How agents come and go: requests that are told in a room, decisions by key, by command or by reaction, and what
 * follows from them. Always true: a request is decided once, whoever decides and however often, and an agent that may
 * not speak has nothing left in the queue that would.
 */
export { type AskForAgent, askForAgent } from "./ask-for-agent.ts";
export { decideAboutAgent } from "./decide-about-agent.ts";
export { decideByReaction, type RequestReaction } from "./decide-by-reaction.ts";
