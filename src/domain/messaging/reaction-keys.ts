/** Reactions that mean something to the bridge, whatever they are on; what each does is decided by whoever handles it. */
export const knownReactionKeys: ReadonlySet<string> = new Set(["✅", "❌", "📌"]);

const decoration = /[\u{fe0e}\u{fe0f}\u{1f3fb}-\u{1f3ff}]/gu;

/** A reaction's key without variation selectors and skin tones: what people mean, whatever their keyboard adds. */
export function plainReactionKey(key: string): string {
  return key.replace(decoration, "");
}
