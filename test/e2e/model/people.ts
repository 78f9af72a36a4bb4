import { randomUUID } from "node:crypto";
import type { Random } from "../../../bench/random.ts";

/** A request as one of the people; undefined when the homeserver refused it or was away. */
export type Call = (who: string, method: string, path: string, body?: object) => Promise<Reply | undefined>;
export type Reply = Readonly<Record<string, unknown>>;

export interface ModelRoom {
  readonly roomId: string;
  /** Events that actions may be about: everything that people sent here. */
  readonly said: { readonly id: string; readonly by: string; readonly isPlain: boolean }[];
}

export interface Model {
  readonly random: Random;
  readonly call: Call;
  /** The first one made the rooms. */
  readonly people: readonly string[];
  readonly rooms: readonly ModelRoom[];
}

const words = "plan tree river Київ größer 日本語 👍🏽 late soon never".split(" ");
const kinds = (
  "send send send send edit edit forgedEdit redact redact react react thread reply " +
  "join join leave kick invite rename topic power"
).split(" ");

/** One person does one thing somewhere. What it is follows from the seed, except for ids that the homeserver makes. */
export async function act(model: Model): Promise<string> {
  const { random, people } = model;
  const room = random.pick(model.rooms);
  const step: Step = {
    ...model,
    room,
    who: random.pick(people),
    other: random.pick(people.slice(1)),
    text: `${random.pick(words)} ${random.pick(words)} ${random.below(1_000)}`,
    target: room.said.length === 0 ? undefined : room.said[random.below(room.said.length)],
    plain: random.pick([undefined, ...room.said.filter(({ isPlain }) => isPlain)]),
  };
  const kind = random.pick(kinds);
  await actions[kind]?.(step);
  return kind;
}

interface Step extends Model {
  readonly room: ModelRoom;
  readonly who: string;
  readonly other: string;
  readonly text: string;
  readonly target: ModelRoom["said"][number] | undefined;
  readonly plain: ModelRoom["said"][number] | undefined;
}

async function send(step: Step, type: string, content: object, by = step.who): Promise<void> {
  const path = `/rooms/${encodeURIComponent(step.room.roomId)}/send/${type}/${randomUUID()}`;
  const id = (await step.call(by, "PUT", path, content))?.["event_id"];
  const isPlain = type === "m.room.message" && !("m.relates_to" in content);
  if (typeof id === "string") step.room.said.push({ id, by, isPlain });
}

const message = (body: string, relation?: object) => ({
  msgtype: "m.text",
  body,
  ...(relation && { "m.relates_to": relation }),
});

async function edit({ plain, ...step }: Step, by: string | undefined): Promise<void> {
  if (plain === undefined || by === undefined) return;
  const content = { ...message(`* ${step.text}`), "m.new_content": message(step.text) };
  const relation = { rel_type: "m.replace", event_id: plain.id };
  await send({ ...step, plain }, "m.room.message", { ...content, "m.relates_to": relation }, by);
}

const inRoom = ({ room }: Step, rest: string) => `/rooms/${encodeURIComponent(room.roomId)}/${rest}`;
const setState = (step: Step, type: string, content: object) =>
  step.call(step.people[0] ?? "", "PUT", inRoom(step, `state/${type}/`), content);

const actions: Readonly<Record<string, (step: Step) => Promise<unknown>>> = {
  send: (step) => send(step, "m.room.message", message(step.text)),
  edit: (step) => edit(step, step.plain?.by),
  forgedEdit: (step) => edit(step, step.who),
  redact: async (step) => {
    if (step.target === undefined) return;
    const by = step.random.below(3) === 0 ? step.people[0] : step.target.by;
    const path = inRoom(step, `redact/${encodeURIComponent(step.target.id)}/${randomUUID()}`);
    await step.call(by ?? "", "PUT", path, {});
  },
  react: async (step) => {
    if (step.target === undefined) return;
    const key = step.random.pick(["👍", "🎉"]);
    const relation = { rel_type: "m.annotation", event_id: step.target.id, key };
    await send(step, "m.reaction", { "m.relates_to": relation });
  },
  thread: async (step) => {
    if (step.plain === undefined) return;
    const { id } = step.plain;
    const answer = { is_falling_back: true, "m.in_reply_to": { event_id: id } };
    await send(step, "m.room.message", message(step.text, { rel_type: "m.thread", event_id: id, ...answer }));
  },
  reply: async (step) => {
    if (step.target === undefined) return;
    await send(step, "m.room.message", message(step.text, { "m.in_reply_to": { event_id: step.target.id } }));
  },
  join: (step) => step.call(step.who, "POST", inRoom(step, "join"), {}),
  leave: (step) => step.call(step.other, "POST", inRoom(step, "leave"), {}),
  kick: (step) => step.call(step.people[0] ?? "", "POST", inRoom(step, "kick"), { user_id: step.other }),
  invite: (step) => step.call(step.who, "POST", inRoom(step, "invite"), { user_id: step.other }),
  rename: (step) => setState(step, "m.room.name", { name: step.text }),
  topic: (step) => setState(step, "m.room.topic", { topic: step.text }),
  power: async (step) => {
    const path = inRoom(step, "state/m.room.power_levels/");
    const powers = await step.call(step.people[0] ?? "", "GET", path);
    if (powers === undefined) return;
    const users = { ...(powers["users"] as object), [step.other]: step.random.pick([0, 50]) };
    await step.call(step.people[0] ?? "", "PUT", path, { ...powers, users });
  },
};
