import type { z } from "zod";
import type { Database, Tx } from "../../db/index.ts";
import type { ClaimedRun } from "../agents/index.ts";
import type { Principal } from "../governance/index.ts";
import type { FetchPage } from "./ports.ts";

export interface ToolContext {
  readonly database: Database;
  readonly run: ClaimedRun;
  readonly fetchPage: FetchPage;
  /** The agent that uses the tool, and whoever has it do so; the same rights are asked of both. */
  readonly agent: Principal;
  readonly asker: Principal | undefined;
  readonly signal: AbortSignal;
}

/** Something that a model may have done. What it gives is what the model is told. */
export interface Tool<Input = unknown> {
  readonly name: string;
  /** For the model. */
  readonly description: string;
  /** What both the agent and the asker must be allowed. */
  readonly capability: string;
  readonly input: z.ZodType<Input>;
  /** Whether a person has to allow this call first. */
  needsApproval(input: Input): boolean;
  readonly work: /** Changes the database: together with the note that it was done, so it is done once. */
    | { readonly kind: "writes"; run(tx: Tx, context: ToolContext, input: Input): Promise<string> }
    /** Only reads, here or outside; may be done again. */
    | { readonly kind: "reads"; run(context: ToolContext, input: Input): Promise<string> };
}
