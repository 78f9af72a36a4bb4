/**
 * What channels remember together: short sentences that agents keep, and find again by their words.
 * Always true: what was remembered in a channel is recalled in that channel only, and goes with the question of its run.
 */
export {
  forgetRemembered,
  forgetSilenced,
  longestMemory,
  type Memory,
  memoryRefused,
  recall,
  remember,
  type ToRemember,
} from "./memories.ts";
