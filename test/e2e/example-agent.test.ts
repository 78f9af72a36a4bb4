import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  mirroredRoom,
  openRealWorld,
  type Person,
  type RealWorld,
  roomPath,
  say,
} from "../support/real-world.ts";
import { runCli } from "../support/run-cli.ts";

const example = join(import.meta.dirname, "../../examples/greeter.ts");
const sofia = "@dao_sofia:localhost";

let world: RealWorld;
let alice: Person;
let roomId: string;
let accessKey: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  world = await openRealWorld("@alice:localhost");
  await world.rows(`UPDATE agents SET config = '{"runtime": "external"}'`);
  alice = await world.person("alice");
  roomId = await mirroredRoom(world, alice, { name: "general", preset: "public_chat" });
  await alice.ask("POST", `${roomPath(roomId)}/invite`, { user_id: sofia });
  const made = await runCli(["key", "create", "--agent", "agent:sofia", "--json"], {
    directory: world.installed.dataDir,
    env: { ...world.installed.env, DATABASE_URL: world.databaseUrl },
  });
  accessKey = (JSON.parse(made.stdout) as { token: string }).token;
  await world.until("Sofia is in the room", async () => {
    const { body } = await alice.try("GET", `${roomPath(roomId)}/joined_members`);
    return sofia in (body["joined"] as object);
  });
});

afterAll(async () => {
  for (const child of running) child.kill("SIGKILL");
  await world.close();
});

/** The example as its own process; gives what waits until it has said something. */
function startExample(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [example], {
    env: { ...process.env, BRIDGE_URL: world.installed.url, ACCESS_KEY: accessKey, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const hasSaid = (words: string) =>
    world.until(`the example says "${words}", and not only ${output}`, () =>
      Promise.resolve(output.includes(words)),
    );
  return { child, hasSaid };
}

const ask = (body: string) => say(alice, roomId, body, { "m.mentions": { user_ids: [sofia] } });

interface Said {
  readonly sender: string;
  readonly content: {
    readonly body: string;
    readonly "m.relates_to"?: { readonly "m.in_reply_to"?: { event_id: string } };
  };
}

/** What Sofia answered to a question, edits left out. */
async function answersTo(eventId: string): Promise<Said[]> {
  const { chunk } = await alice.ask("GET", `${roomPath(roomId)}/messages?dir=b&limit=100`);
  return (chunk as Said[]).filter(
    ({ sender, content }) =>
      sender === sofia && content["m.relates_to"]?.["m.in_reply_to"]?.event_id === eventId,
  );
}

const isDone = (eventId: string) => async () => {
  const [run] = await world.rows(`SELECT status FROM agent_runs WHERE trigger_event_id = $1`, eventId);
  return run?.["status"] === "completed";
};

it("the example answers a mention in place", async () => {
  const { child, hasSaid } = startExample();
  await hasSaid("listening");
  const question = await ask("Sofia, hello");
  await world.until("the run is done", isDone(question));
  await world.until("the answer is in the room", async () => (await answersTo(question)).length > 0);
  const [answer, ...more] = await answersTo(question);
  expect(more).toEqual([]);
  expect(answer!.content.body).toContain("Hello");
  child.kill("SIGTERM");
  await once(child, "exit");
});

it("killed in the middle of an answer, a second copy takes over: there is exactly one answer", async () => {
  const first = startExample({ SLOWLY: "60000" });
  await first.hasSaid("listening");
  const question = await ask("Sofia, are you sure?");
  await first.hasSaid("asked:");
  await world.until("the answer has begun", async () => (await answersTo(question)).length > 0);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  const second = startExample();
  await world.until("the run is done", isDone(question));
  await second.hasSaid("answered:");
  const [message] = await world.rows<{ id: string }>(
    `SELECT answer_message_id AS id FROM agent_runs WHERE trigger_event_id = $1`,
    question,
  );
  await world.until("the answer is whole", async () => {
    const [row] = await world.rows<{ text: string }>(
      `SELECT content_preview AS text FROM messages WHERE id = $1::uuid`,
      message!.id,
    );
    return row?.text.includes("You said") === true;
  });
  expect(await answersTo(question)).toHaveLength(1);
});
