/**
 * A private Synapse: installed into a virtual environment, configured for one machine, started and stopped as a child of
 * this process. It listens on 127.0.0.1 only, keeps everything in one directory and never outlives its parent.
 */
export { synapseNotInstallable, synapseNotStarted, synapseRefusedUser } from "./errors.ts";
export { ensureSynapseInstalled } from "./install-synapse.ts";
export { type NewUser, type RegisteredUser, registerUser } from "./register-user.ts";
export { endLeftoverSynapse, type RunningSynapse, startSynapse } from "./start-synapse.ts";
export type { SynapsePlan } from "./write-synapse-config.ts";
