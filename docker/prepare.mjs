// What compose.yaml runs once before everything else: the secrets, the registration that the bridge and Synapse share,
// and the configuration of a Synapse for this machine. What is there already stays as it is, so it is safe to repeat.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSynapseConfig } from "../src/cli/quickstart/synapse/write-synapse-config.ts";

const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const { DATA_DIR: dataDir = "/data", SYNAPSE_DIR: synapseDir = "/synapse" } = process.env;
const { MATRIX_SERVER_NAME: serverName = "localhost" } = process.env;
const synapsePort = 8008;
const consoleLog = `version: 1
formatters: { line: { format: "%(asctime)s %(levelname)s %(name)s %(message)s" } }
handlers: { console: { class: logging.StreamHandler, formatter: line } }
root: { level: WARNING, handlers: [console] }
disable_existing_loggers: false
`;

// The bridge looks for config.yaml in its working directory. Only the owner may read it.
const configPath = join(dataDir, "config.yaml");
if (!existsSync(configPath)) {
  writeFileSync(configPath, `secrets_kek: ${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
}

const { status } = spawnSync(process.execPath, ["--disable-warning=DEP0060", main, "registration"], {
  cwd: dataDir,
  stdio: "inherit",
});
if (status !== 0) process.exit(status ?? 1);

if (!existsSync(join(synapseDir, "homeserver.yaml"))) {
  const logConfig = join(synapseDir, "log-to-console.yaml");
  writeFileSync(logConfig, consoleLog);
  await writeSynapseConfig({
    dataDir: synapseDir,
    serverName,
    port: synapsePort,
    registrationPaths: [join(dataDir, "registration.yaml")],
    settings: {
      public_baseurl: `http://localhost:${synapsePort}/`,
      listeners: [
        {
          port: synapsePort,
          bind_addresses: ["0.0.0.0"],
          type: "http",
          tls: false,
          resources: [{ names: ["client"], compress: false }],
        },
      ],
      log_config: logConfig,
      bcrypt_rounds: 12,
    },
  });
}
