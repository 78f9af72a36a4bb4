import { afterAll, beforeAll, expect, it } from "vitest";
import { transact } from "../../src/db/index.ts";
import { indexMessages, searchMessages } from "../../src/domain/messaging/index.ts";
import { bridgeActor } from "../../src/kernel/actor.ts";
import { editOf, encrypted, redactionOf, text } from "../support/matrix-events.ts";
import { openWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld({ withoutJobs: true });
});
afterAll(() => world.close());

async function found(words: string): Promise<string[]> {
  const messages = await searchMessages(world.database.db, {
    text: words,
    channelIds: [world.channelId],
    sender: null,
    before: null,
    since: null,
    after: null,
    limit: 50,
  });
  return messages.map(({ preview }) => preview);
}

const index = () => transact(world.database, bridgeActor, (tx) => indexMessages(tx, 500));

it("what is said and edited can be found, and what it said before cannot", async () => {
  const message = text("apples and pears");
  await world.push([message, encrypted()]);
  expect(await found("apples")).toEqual([]);
  expect(await index()).toBe(1);
  expect(await found("apples")).toEqual(["apples and pears"]);
  await world.push([editOf(message, "plums")]);
  await index();
  expect([await found("apples"), await found("plums")]).toEqual([[], ["plums"]]);
});

it("92: what is redacted is gone from the search at once, words and all, whichever is first: the words or the redaction", async () => {
  const [known, unknown, between] = [text("secret one"), text("secret two"), text("secret three")];
  await world.push([known]);
  await index();
  await world.push([redactionOf(known)]);
  expect(await found("secret")).toEqual([]);
  expect(await world.rows("SELECT 1 FROM matrix.search_words WHERE words @@ 'secret'")).toEqual([]);
  await world.push([unknown]);
  await world.push([redactionOf(unknown)]);
  await world.push([redactionOf(between), between]);
  await index();
  expect(await found("secret")).toEqual([]);
  expect(await world.rows("SELECT 1 FROM matrix.search_words WHERE words @@ 'secret'")).toEqual([]);
});

it("two processes make words at the same time: one of them works", async () => {
  await world.push(Array.from({ length: 20 }, (_text, n) => text(`together ${String(n)}`)));
  const taken = await Promise.all([index(), index(), index()]);
  expect(taken.toSorted((a, b) => a - b).at(-1)).toBe(20);
  expect(taken.reduce((sum, count) => sum + count)).toBe(20);
  expect(await found("together")).toHaveLength(20);
});
