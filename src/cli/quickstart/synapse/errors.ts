import { declareError } from "../../../kernel/errors.ts";

/** No Python that can make a virtual environment was found, or pip could not install Synapse into it. */
export const synapseNotInstallable = declareError<{ why: string }>(
  "synapse_not_installable",
  "unavailable",
  ({ why }) => `Synapse could not be installed: ${why}`,
);

/** Synapse is installed but ended, or did not answer, while it was being started. `log` is the end of its own log. */
export const synapseNotStarted = declareError<{ why: string; log: string }>(
  "synapse_not_started",
  "unavailable",
  ({ why, log }) => `Synapse did not start: ${why}${log === "" ? "" : `\n${log}`}`,
);

export const synapseRefusedUser = declareError<{ localpart: string; status: number; reply: string }>(
  "synapse_refused_user",
  "conflict",
  ({ localpart, status, reply }) => `Synapse did not register ${localpart}: ${status} ${reply}`,
);
