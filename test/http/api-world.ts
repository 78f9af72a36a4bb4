import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from "fastify";
import { type Database, openDatabase, openJobQueue, transact } from "../../src/db/index.ts";
import {
  type Agent,
  createAccessKey,
  ensureAgent,
  hashKeyOf,
  type NewAccessKey,
  setAgentMatrixId,
} from "../../src/domain/governance/index.ts";
import {
  createMicrodao,
  ensureUserByMatrixId,
  type Microdao,
  type User,
} from "../../src/domain/tenancy/index.ts";
import { type ApiDeps, apiServerOptions, createMetrics, registerApi } from "../../src/http/index.ts";
import { allJobs } from "../../src/jobs/all-jobs.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { encodeId, newUuid, uuidOf } from "../../src/kernel/ids.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { createTestDatabase } from "../support/database.ts";
import { noMedia } from "../support/no-media.ts";
import { recordStatements } from "./count-statements.ts";
import { openGate } from "./database-gate.ts";

const operator: Actor = { id: "test", kind: "service" };
const kek = new Uint8Array(32).fill(9);

export interface ChannelRow {
  readonly id: string;
  readonly apiId: string;
  readonly roomId: string;
}

/** A database, the API on it, and what a test puts in. Statements are counted while `counting` runs. */
export class ApiWorld {
  readonly database: Database;
  readonly app: FastifyInstance;
  readonly woken: { count: number };
  readonly statements: string[];
  readonly #close: () => Promise<void>;
  readonly #stopDatabase: () => Promise<void>;
  #serial = 0;

  private constructor(parts: {
    database: Database;
    app: FastifyInstance;
    woken: { count: number };
    statements: string[];
    close: () => Promise<void>;
    stopDatabase: () => Promise<void>;
  }) {
    this.database = parts.database;
    this.app = parts.app;
    this.woken = parts.woken;
    this.statements = parts.statements;
    this.#close = parts.close;
    this.#stopDatabase = parts.stopDatabase;
  }

  static async open(
    change: Partial<ApiDeps> = {},
    kind: "default" | "embedded" = "default",
    withJobs = false,
  ): Promise<ApiWorld> {
    const statements = recordStatements();
    const testDatabase = await createTestDatabase(kind);
    const gate = await openGate(testDatabase.url);
    const queue = withJobs ? await openJobQueue(testDatabase.url, allJobs, silentLog) : undefined;
    const database = openDatabase({
      url: gate.url,
      poolSize: 10,
      clock: systemClock,
      log: silentLog,
      ...(queue && { queue }),
    });
    const woken = { count: 0 };
    const app = Fastify(apiServerOptions);
    registerApi(app, {
      database,
      secretsKey: kek,
      log: silentLog,
      metrics: createMetrics(),
      probes: [],
      media: noMedia,
      wakeEgress: () => void (woken.count += 1),
      ...change,
    });
    await app.ready();
    const close = async () => {
      await app.close();
      await queue?.close();
      await database.close();
      await gate.shut();
      await testDatabase.drop();
    };
    return new ApiWorld({ database, app, woken, statements, close, stopDatabase: () => gate.shut() });
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** From here on the database cannot be reached. */
  stopDatabase(): Promise<void> {
    return this.#stopDatabase();
  }

  /** The statements that `work` ran, transaction control left out. */
  async counting<T>(work: () => Promise<T>): Promise<{ result: T; statements: string[] }> {
    this.statements.length = 0;
    const result = await work();
    return { result, statements: this.statements.filter((sql) => !/^(?:BEGIN|COMMIT|ROLLBACK)/i.test(sql)) };
  }

  request(token: string | undefined, options: InjectOptions): Promise<LightMyRequestResponse> {
    const headers = { ...options.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    return this.app.inject({ ...options, headers });
  }

  get(token: string | undefined, url: string): Promise<LightMyRequestResponse> {
    return this.request(token, { method: "GET", url });
  }

  post(
    token: string | undefined,
    url: string,
    payload: unknown,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    return this.request(token, { method: "POST", url, payload: payload as object, headers });
  }

  user(name: string): Promise<User> {
    return transact(this.database, operator, (tx) => ensureUserByMatrixId(tx, `@${name}:test`));
  }

  async microdao(name: string, owner: string): Promise<Microdao> {
    const { id } = await this.user(owner);
    return transact(this.database, operator, (tx) => createMicrodao(tx, { name, ownerUserId: id }));
  }

  async agent(code: string, microdaoId: string | null): Promise<Agent> {
    return transact(this.database, operator, async (tx) => {
      const blueprint = { code: "echo", model: "echo" };
      const agent = await ensureAgent(tx, { code, name: code, kind: "assistant", microdaoId, blueprint });
      await setAgentMatrixId(tx, agent.id, `@dao_${code}:test`);
      return agent;
    });
  }

  /** A key's token. */
  async key(change: Partial<NewAccessKey> & Pick<NewAccessKey, "subject">): Promise<string> {
    const input = { name: "test", capabilities: ["chat.message.read", "chat.message.send"], ...change };
    const made = await transact(this.database, operator, (tx) => createAccessKey(tx, hashKeyOf(kek), input));
    return made.token;
  }

  /** A linked channel; rows are written as the mirror would. */
  async channel(
    microdaoId: string,
    visibility: string,
    change: { teamId?: string } = {},
  ): Promise<ChannelRow> {
    const serial = (this.#serial += 1);
    const id = newUuid(new Date(1_700_000_000_000 + serial));
    const roomId = `!room${serial}:test`;
    await this.sql(
      `INSERT INTO channels (id, slug, name, microdao_id, team_id, matrix_room_id, visibility, created_at)
       VALUES ($1::uuid, $2, $2, $3::uuid, $4, $5, $6, $7)`,
      [
        id,
        `channel-${serial}`,
        microdaoId,
        change.teamId ?? null,
        roomId,
        visibility,
        new Date(1_700_000_000_000 + serial),
      ],
    );
    await this.sql(`INSERT INTO matrix.rooms (room_id, channel_id, status) VALUES ($1, $2::uuid, 'joined')`, [
      roomId,
      id,
    ]);
    return { id, apiId: encodeId("c", id), roomId };
  }

  async member(
    channel: ChannelRow,
    who: { user?: string; agent?: string },
    membership = "join",
  ): Promise<void> {
    await this.sql(
      `INSERT INTO channel_members (id, channel_id, member_user_id, member_agent_id, role, membership, joined_at)
       VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7)
       ON CONFLICT (channel_id, member_user_id) DO UPDATE SET membership = excluded.membership`,
      [
        newUuid(new Date(1_700_000_000_000)),
        channel.id,
        who.user ?? null,
        who.agent ?? null,
        who.agent === undefined ? "member" : "agent",
        membership,
        new Date(1_700_000_000_000),
      ],
    );
  }

  async message(
    channel: ChannelRow,
    senderUserId: string,
    {
      at,
      text = "hello",
      replyTo,
      threadRoot,
    }: { at: number; text?: string; replyTo?: string; threadRoot?: string },
  ): Promise<{ id: string; apiId: string; eventId: string }> {
    const serial = (this.#serial += 1);
    const eventId = `$event${serial}`;
    const id = uuidOf(at, eventId);
    await this.sql(
      `INSERT INTO messages (id, channel_id, matrix_event_id, sender_user_id, sender_type, kind, content_preview,
                             created_at, reply_to_event_id, thread_root_event_id, metadata)
       VALUES ($1::uuid, $2::uuid, $3, $4::uuid, 'human', 'text', $5, $6, $7, $8, '{"msgtype": "m.text"}')`,
      [id, channel.id, eventId, senderUserId, text, new Date(at), replyTo ?? null, threadRoot ?? null],
    );
    return { id, apiId: encodeId("m", id), eventId };
  }

  async react(
    channel: ChannelRow,
    reaction: { target: string; senderId: string; key: string; redacted?: boolean },
  ): Promise<void> {
    const { target, senderId, key, redacted = false } = reaction;
    const serial = (this.#serial += 1);
    await this.sql(
      `INSERT INTO matrix.reactions (event_id, channel_id, target_event_id, sender_id, key, origin_server_ts, redacted, parked)
       VALUES ($1, $2::uuid, $3, $4::uuid, $5, 1, $6, false)`,
      [`$reaction${serial}`, channel.id, target, senderId, key, redacted],
    );
  }

  async sql<T>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.database.db.$queryRawUnsafe<T[]>(text, ...values);
  }
}
