import type { ToolContext } from "./tool.ts";
import type { OwnTool } from "./toolbox.ts";

/** What a run may call tools with, and for whom. */
export interface Calling extends ToolContext {
  readonly tools: ReadonlyMap<string, OwnTool>;
  /** Whether the asker is somebody whose rights cannot be told. */
  readonly askerUnknown: boolean;
  readonly wakeEgress: () => void;
}
