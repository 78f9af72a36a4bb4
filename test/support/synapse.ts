import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/cli/quickstart/free-port.ts";
import {
  ensureSynapseInstalled,
  type NewUser,
  type RegisteredUser,
  type RunningSynapse,
  registerUser,
  type SynapsePlan,
  startSynapse as startPrivateSynapse,
} from "../../src/cli/quickstart/synapse/index.ts";

export interface TestSynapse {
  readonly url: string;
  readonly serverName: string;
  readonly sharedSecret: string;
  readonly logPath: string;
  /** Of the process that runs now; another one after `restart`. */
  readonly pid: number;
  registerUser(user: string | (Omit<NewUser, "password"> & { password?: string })): Promise<RegisteredUser>;
  /** Ends Synapse and removes everything it kept. */
  stop(): Promise<void>;
  /** Ends Synapse with SIGKILL; its data stay, so `restart` brings it back. */
  kill(): Promise<void>;
  /** Stops it if it runs, then starts it at the same address with the same data, from now on with another registration. */
  restart(changes?: Pick<TestSynapseOptions, "registrationPath">): Promise<void>;
}

export interface TestSynapseOptions {
  /** The registration file of the bridge under test; without one the server has no application service. */
  readonly registrationPath?: string;
  /** Default `localhost`. */
  readonly serverName?: string;
  /** Settings that differ from the private Synapse's, as in homeserver.yaml. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** The Python of the virtual environment in SYNAPSE_VENV, else in `.data/synapse/venv`, installed when it is not there. */
export function synapsePython(): Promise<string> {
  const venvDir = process.env.SYNAPSE_VENV ?? join(import.meta.dirname, "../../.data/synapse/venv");
  return ensureSynapseInstalled({ venvDir, say: (line) => process.stderr.write(`${line}\n`) });
}

/** A real Synapse with an empty database, on a free port of 127.0.0.1. It ends when the test process does. */
export async function startSynapse(options: TestSynapseOptions = {}): Promise<TestSynapse> {
  const python = await synapsePython();
  const dataDir = await mkdtemp(join(tmpdir(), "microdao-synapse-"));
  let plan: SynapsePlan = {
    dataDir,
    serverName: options.serverName ?? "localhost",
    port: await freePort("127.0.0.1"),
    registrationPaths: pathsOf(options),
    settings: options.settings ?? {},
  };
  let running: RunningSynapse = await startPrivateSynapse(python, plan);
  return {
    url: running.url,
    serverName: running.serverName,
    sharedSecret: running.sharedSecret,
    logPath: running.logPath,
    get pid() {
      return running.pid;
    },
    registerUser: (user) =>
      registerUser(running, {
        password: "correct horse battery staple",
        ...(typeof user === "string" ? { localpart: user } : user),
      }),
    async stop() {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
    kill: () => running.kill(),
    async restart(changes = {}) {
      await running.stop();
      if (changes.registrationPath !== undefined) plan = { ...plan, registrationPaths: pathsOf(changes) };
      running = await startPrivateSynapse(python, plan);
    },
  };
}

function pathsOf({ registrationPath }: TestSynapseOptions): readonly string[] {
  return registrationPath === undefined ? [] : [registrationPath];
}
