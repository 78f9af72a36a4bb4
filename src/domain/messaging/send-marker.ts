import { decodeId } from "../../kernel/ids.ts";

/**
 * The key in an event's content by which the bridge finds its own message again: `m_…`, the id of the `matrix.sends`
 * row. It joins an echo to its row also when the answer to the request was lost.
 */
export const sendMarkerKey = "org.microdao.send";

/** The uuid that an event's content claims to be sent from. Anyone can write the key: check the sender before believing it. */
export function sendIdOf(content: Readonly<Record<string, unknown>>): string | null {
  const marker = Object.hasOwn(content, sendMarkerKey) ? content[sendMarkerKey] : undefined;
  return typeof marker === "string" ? (decodeId("m", marker) ?? null) : null;
}
