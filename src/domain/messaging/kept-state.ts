/**
 * What redaction leaves of a state event's content, per type; of all other types it leaves nothing. A redacted
 * `m.room.power_levels` still gives everybody the power it gave.
 * Source: specification v1.19, room version 11, "Redactions". Only what the mirror reads is listed.
 */
export const keptStateKeys: Readonly<Record<string, readonly string[]>> = {
  "m.room.create": ["room_version", "additional_creators", "type"],
  "m.room.join_rules": ["join_rule", "allow"],
  "m.room.history_visibility": ["history_visibility"],
  "m.room.power_levels": [
    "ban",
    "events",
    "events_default",
    "invite",
    "kick",
    "redact",
    "state_default",
    "users",
    "users_default",
  ],
};

/** State that says in people's words what a room is about; a confidential team's is not stored. Addresses are. */
export const describingTypes: readonly string[] = ["m.room.name", "m.room.topic", "m.room.avatar"];

/** A redacted state event's content, whether the homeserver has pruned it already or not. */
export function keptContent(
  stateType: string,
  content: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept = Object.hasOwn(keptStateKeys, stateType) ? (keptStateKeys[stateType] ?? []) : [];
  return Object.fromEntries(
    kept.filter((key) => Object.hasOwn(content, key)).map((key) => [key, content[key]]),
  );
}
