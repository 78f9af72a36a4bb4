/**
 * What channels remember together: short sentences that agents keep, and find again by their words.
 * Always true: what was remembered in a channel is recalled in that channel only.
 */
export { forgetSilenced, longestMemory, type Memory, memoryRefused, recall, remember } from "./memories.ts";
