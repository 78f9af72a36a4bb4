import type { StatementPart } from "../../db/index.ts";

/** Which of these messages (Matrix event ids) agents were asked by: mostly none. */
export function withdrawnPart(eventIds: readonly string[]): StatementPart<string[]> {
  return {
    params: [eventIds],
    ctes: ($) => `
      withdrawn AS (
        SELECT DISTINCT r.trigger_event_id AS id FROM agent_runs r WHERE r.trigger_event_id = ANY(${$(0)}::text[]))`,
    result: () => "SELECT COALESCE(json_agg(id), '[]') FROM withdrawn",
  };
}
