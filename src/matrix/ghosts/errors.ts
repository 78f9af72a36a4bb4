import { declareError } from "../../kernel/errors.ts";

export const ghostParked = declareError<{ matrixId: string; reason: string }>(
  "ghost_parked",
  "conflict",
  ({ matrixId, reason }) =>
    `The homeserver has put ${matrixId} out of action (${reason}). Reactivate it there, then clear parked_reason.`,
);

export const ghostOutsideNamespace = declareError<{ matrixId: string }>(
  "ghost_outside_namespace",
  "conflict",
  ({ matrixId }) =>
    `The homeserver says that ${matrixId} is outside of the bridge's namespaces. Its copy of the registration is not ` +
    "this configuration's: run `microdao registration --check`, copy the file to the homeserver and restart it.",
);

export const ghostTaken = declareError<{ matrixId: string }>(
  "ghost_taken",
  "conflict",
  ({ matrixId }) =>
    `${matrixId} is somebody's account on the homeserver: it has logged in there. Give the agent another code, or ` +
    "remove the account's devices if it was the agent's own.",
);

export interface IdentityDifference {
  readonly what: string;
  readonly stored: string;
  readonly configured: string;
}

export const bridgeIdentityChanged = declareError<{ differences: readonly IdentityDifference[] }>(
  "bridge_identity_changed",
  "conflict",
  ({ differences }) =>
    "The database belongs to a bridge with another identity, and its rooms and agents would be lost:\n" +
    differences
      .map(
        ({ what, stored, configured }) =>
          `  ${what}: the database has ${stored}, the configuration ${configured}`,
      )
      .join("\n") +
    "\nSet the configuration back, or use another DATABASE_URL.",
);
