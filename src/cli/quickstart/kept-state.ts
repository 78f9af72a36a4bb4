import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeWholeFile } from "./write-whole-file.ts";

const user = z.object({ userId: z.string(), password: z.string(), accessToken: z.string().optional() });

const shape = z.object({
  /** The ports of the last run, so that addresses stay while they can. */
  homeserverPort: z.number().optional(),
  bridgePort: z.number().optional(),
  serverName: z.string().optional(),
  secretsKek: z.string().optional(),
  /** By localpart. A password is kept before the account is made, so that being killed between loses nothing. */
  users: z.record(z.string(), user).default({}),
  /** Access keys by what they are for; a key's token can be read nowhere else. */
  keys: z.record(z.string(), z.string()).default({}),
});

export type KeptValues = z.infer<typeof shape>;
export type KeptUser = z.infer<typeof user>;

/** What one `npm start` leaves for the next: secrets that nobody else keeps, in a file that only its owner may read. */
export interface KeptState {
  readonly values: Readonly<KeptValues>;
  keep(changes: Partial<KeptValues>): Promise<void>;
}

export async function openKeptState(dataDir: string): Promise<KeptState> {
  const path = join(dataDir, "quickstart-state.json");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const text = await readFile(path, "utf8").catch(() => "{}");
  let values = shape.parse(JSON.parse(text));
  return {
    get values() {
      return values;
    },
    async keep(changes) {
      values = { ...values, ...changes };
      await writeWholeFile(path, `${JSON.stringify(values, null, 2)}\n`);
    },
  };
}
