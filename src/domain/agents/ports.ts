/** A language model, whoever runs it. */
export interface LanguageModel {
  /** What runs are labelled with, as in `agent_blueprints.model`. */
  readonly name: string;
  /** Throws an error of kind `unavailable` when it is worth asking again later; any other error is final. */
  answer(question: Question): Promise<Answer>;
}

export interface Question {
  /** What was asked, as plain text. */
  readonly text: string;
  /** The name of the agent that is asked. */
  readonly agentName: string;
}

export interface Answer {
  readonly body: { readonly text: string } | { readonly markdown: string };
  /** Tokens and costs, as the provider counts them. */
  readonly usage: Readonly<Record<string, number>>;
}

/**
 * Reads what was asked, as plain text, from where it is kept; undefined when it was withdrawn or cannot be seen any more.
 * Throws an error of kind `unavailable` when it is worth asking again later.
 */
export type ReadQuestion = (asked: {
  readonly roomId: string;
  readonly eventId: string;
}) => Promise<string | undefined>;

/**
 * Shows in a room that an agent is about to say something, until the function it gives is called. Never throws: it is
 * best effort, and nothing waits for it.
 */
export type ShowTyping = (typing: { readonly roomId: string; readonly matrixId: string }) => () => void;
