import { join } from "node:path";
import type { Config } from "../../config/index.ts";
import { noHomeserver, otherServerName } from "./errors.ts";
import { freePort } from "./free-port.ts";
import type { KeptState } from "./kept-state.ts";
import { findTokenOwner } from "./matrix-user.ts";
import {
  endLeftoverSynapse,
  ensureSynapseInstalled,
  type RunningSynapse,
  registerUser,
  startSynapse,
  synapseNotInstallable,
  synapseNotStarted,
} from "./synapse/index.ts";

/** A homeserver that was decided on. The registration is written between deciding and starting, because Synapse reads it then. */
export interface Homeserver {
  readonly url: string;
  readonly serverName: string;
  /** Whether it is ours alone: started here, stopped here, with no room or account of anybody else. */
  readonly isPrivate: boolean;
  /** Makes an account; absent when this homeserver gives us no way to. */
  readonly createAccount?: (localpart: string, password: string) => Promise<{ accessToken: string }>;
  /** Starts it with the registration file in it; absent when it is not ours to start. */
  readonly start?: (registrationPath: string) => Promise<RunningSynapse>;
}

export interface HomeserverChoice {
  readonly config: Config;
  readonly state: KeptState;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const defaultPort = 8008;
const patienceMs = 10_000;

/** The homeserver of MATRIX_HOMESERVER_URL, else a private Synapse. Throws `no_homeserver` when neither is to be had. */
export async function chooseHomeserver(choice: HomeserverChoice): Promise<Homeserver> {
  const { homeserverUrl } = choice.config;
  return homeserverUrl === undefined
    ? choosePrivateSynapse(choice)
    : chooseExternalHomeserver(homeserverUrl, choice);
}

async function choosePrivateSynapse({ config, state, say, signal }: HomeserverChoice): Promise<Homeserver> {
  const serverName = config.serverName ?? state.values.serverName ?? "localhost";
  const home = join(config.dataDir, "synapse");
  const dataDir = join(home, "data");
  requireSameServerName(serverName, state.values.serverName, config.dataDir);
  const python = await ensureSynapseInstalled({ venvDir: join(home, "venv"), say, signal }).catch(refuse);
  await endLeftoverSynapse(dataDir);
  const remembered = state.values.homeserverPort;
  const port = await freePort("127.0.0.1", [defaultPort, ...(remembered === undefined ? [] : [remembered])]);
  if (port !== defaultPort) say(`Port ${defaultPort} is taken, so the homeserver uses port ${port}.`);
  await state.keep({ homeserverPort: port, serverName });
  const url = `http://127.0.0.1:${port}`;
  let sharedSecret = "";
  return {
    url,
    serverName,
    isPrivate: true,
    createAccount: (localpart, password) => registerUser({ url, sharedSecret }, { localpart, password }),
    start: async (registrationPath) => {
      const plan = { dataDir, serverName, port, registrationPaths: [registrationPath] };
      const synapse = await startSynapse(python, plan).catch(refuse);
      ({ sharedSecret } = synapse);
      return synapse;
    },
  };
}

async function chooseExternalHomeserver(url: string, choice: HomeserverChoice): Promise<Homeserver> {
  const answers = await isMatrixServer(url);
  if (!answers)
    throw noHomeserver({ why: `MATRIX_HOMESERVER_URL is ${url}, and no Matrix homeserver answers there.` });
  const { config, state, say } = choice;
  const sharedSecret = config.registrationSharedSecret;
  const found = config.serverName ?? (await findServerName(url));
  const serverName = found ?? new URL(url).hostname;
  if (found === undefined) {
    say(`MATRIX_SERVER_NAME is not set and ${url} does not tell its name; going on with ${serverName}.`);
  }
  requireSameServerName(serverName, state.values.serverName, config.dataDir);
  await state.keep({ serverName });
  return {
    url,
    serverName,
    isPrivate: false,
    ...(sharedSecret !== undefined && {
      createAccount: (localpart: string, password: string) =>
        registerUser({ url, sharedSecret }, { localpart, password }),
    }),
  };
}

/** Users and rooms carry the server's name, in its database and in ours: neither can be given another one. */
function requireSameServerName(wanted: string, kept: string | undefined, dataDir: string): void {
  if (kept !== undefined && kept !== wanted) throw otherServerName({ wanted, found: kept, where: dataDir });
}

function refuse(error: unknown): never {
  if (synapseNotInstallable.is(error) || synapseNotStarted.is(error)) {
    throw noHomeserver({ why: error.message }, { cause: error });
  }
  throw error;
}

async function isMatrixServer(url: string): Promise<boolean> {
  const reply = await getJson(`${url}/_matrix/client/versions`);
  return Array.isArray(reply["versions"]);
}

/** Homeservers tell their name where they publish their keys; that is often not reachable on the client's address. */
async function findServerName(url: string): Promise<string | undefined> {
  const name = (await getJson(`${url}/_matrix/key/v2/server`))["server_name"];
  return typeof name === "string" ? name : undefined;
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
    return (await reply.json()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/**
 * Whether the homeserver knows our registration: it then knows whose the token is. Throws `other_server_name` when it does
 * and names a user of another server.
 */
export async function isRegistered(homeserver: Homeserver, asToken: string): Promise<boolean> {
  const owner = await findTokenOwner(homeserver.url, asToken).catch(() => undefined);
  if (owner === undefined) return false;
  const found = owner.slice(owner.indexOf(":") + 1);
  if (found !== homeserver.serverName) {
    throw otherServerName({ wanted: homeserver.serverName, found, where: "the data directory" });
  }
  return true;
}
