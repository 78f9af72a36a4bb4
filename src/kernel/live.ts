/** What holds for a moment only: it is in no table, and whoever was not listening has missed it. */
export interface LiveState {
  readonly kind: "typing" | "receipt" | "presence";
  /** What a later state of the same thing has as well: it takes the place of the earlier one. */
  readonly key: string;
  /** Uuids of the channels through which it may be seen; one that a reader may read is enough. */
  readonly channelIds: readonly string[];
  /** What readers get; ids with their prefix. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where such states come from. */
export interface LiveSource {
  /** What holds now, for whoever begins to listen. */
  present(): readonly LiveState[];
  /** Returns how to stop. */
  listen(listener: (state: LiveState) => void): () => void;
}
