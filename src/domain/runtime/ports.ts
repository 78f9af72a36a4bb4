import type { LanguageModel, ModelPrices } from "../agents/index.ts";

/** Where a model is asked. */
export interface ModelEndpoint {
  /** Up to and with the version: `https://api.example.org/v1`. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  /** The provider's name of the model. */
  readonly model: string;
  readonly prices?: ModelPrices | undefined;
}

export type OpenModel = (endpoint: ModelEndpoint) => LanguageModel;

/** Something that was said in a room. */
export interface Utterance {
  readonly eventId: string;
  /** A Matrix id. */
  readonly sender: string;
  /** Plain text, in its latest wording. */
  readonly text: string;
}

export interface Talk {
  readonly question: Utterance;
  /** What was said before, in the thread or else in the room, oldest first. */
  readonly before: readonly Utterance[];
}

/**
 * Reads what an agent was asked and what was said before, as the agent sees it; undefined when the question was withdrawn
 * or cannot be seen any more. Throws an error of kind `unavailable` when it is worth asking again later.
 */
export type ReadTalk = (asked: {
  readonly roomId: string;
  readonly eventId: string;
  readonly threadRoot: string | null;
  /** The agent's Matrix id. */
  readonly reader: string;
}) => Promise<Talk | undefined>;

/** Fetches something from the web for an agent. */
export type FetchPage = (wanted: {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}) => Promise<FetchedPage>;

export interface FetchedPage {
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  /** Readable text; cut off when it was too long. */
  readonly text: string;
  readonly cut: boolean;
}
