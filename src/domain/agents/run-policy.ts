/** What keeps agents from going on for ever. */
export interface RunPolicy {
  /** How many runs of agents may lead to one another. */
  readonly hopLimit: number;
  /** How often within the window one may ask one agent, a room may ask agents, and agents may ask one agent. */
  readonly uses: number;
  readonly windowMs: number;
  /** For how long nothing is answered when that is used up. */
  readonly restMs: number;
}

export const defaultPolicy: RunPolicy = { hopLimit: 30, uses: 20, windowMs: 60_000, restMs: 60_000 };
