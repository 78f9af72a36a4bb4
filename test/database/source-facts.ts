/**
 * What the two source documents say about the tables of `public`, table by table, as facts to hold a database against:
 * source 000, the microDAO platform, and source 001, the messaging diagram. Where both describe a table, or ids and
 * references had to be brought together, the facts are those of the merge.
 */
export interface SourceTable {
  table: string;
  source: "000" | "001" | "000 and 001";
  /** Each column's type, then `not null` where the source demands it, then its default. */
  columns: Record<string, string>;
  primaryKey: string[];
  /** What a text primary key begins with. */
  prefix?: string;
  unique?: string[][];
  /** The only values a column takes, where the source lists them. */
  values?: Record<string, string[]>;
  /** `table.column`, then what happens when the row pointed at is deleted; nothing said means it is refused. */
  foreignKeys?: Record<string, string>;
  /** Columns that an index begins with. */
  indexes?: string[][];
  /** Rules across columns, as PostgreSQL writes them. */
  rules?: string[];
}

/**
 * Columns the sources leave nullable only because they give a default. Here they always have a value: a null would
 * fall out of every listing by time and out of the relay's index.
 */
export const alwaysSet = ["created_at", "updated_at", "started_at", "processed"];

/** Tables of source 001 that it calls conceptual: they are the homeserver's, not ours. */
export const notStored = ["matrix_rooms", "matrix_events"];

const createdAt = "timestamptz default now()";

export const sourceTables: SourceTable[] = [
  {
    table: "users",
    source: "000 and 001",
    columns: {
      id: "uuid",
      external_id: "text not null",
      matrix_id: "text",
      handle: "text",
      email: "text",
      created_at: createdAt,
      last_login_at: "timestamptz",
    },
    primaryKey: ["id"],
    unique: [["external_id"], ["matrix_id"], ["email"]],
    indexes: [["external_id"], ["matrix_id"]],
  },
  {
    table: "sessions",
    source: "000",
    columns: { session_id: "text", user_id: "uuid", created_at: createdAt, expires_at: "timestamptz" },
    primaryKey: ["session_id"],
    prefix: "ses_",
    foreignKeys: { user_id: "users.id cascade" },
  },
  {
    table: "microdaos",
    source: "001",
    columns: {
      id: "uuid",
      external_id: "text not null",
      name: "text not null",
      owner_user_id: "uuid not null",
      created_at: createdAt,
      matrix_space_id: "text",
      tenant_id: "uuid",
    },
    primaryKey: ["id"],
    unique: [["external_id"], ["matrix_space_id"]],
    foreignKeys: { owner_user_id: "users.id" },
    indexes: [["external_id"], ["owner_user_id"]],
  },
  {
    table: "microdao_members",
    source: "001",
    columns: {
      id: "uuid",
      microdao_id: "uuid not null",
      user_id: "uuid not null",
      role: "text not null",
      created_at: createdAt,
    },
    primaryKey: ["id"],
    unique: [["microdao_id", "user_id"]],
    values: { role: ["owner", "admin", "member", "guest"] },
    foreignKeys: { microdao_id: "microdaos.id", user_id: "users.id" },
  },
  {
    table: "teams",
    source: "000",
    columns: {
      id: "text",
      name: "text not null",
      slug: "text not null",
      mode: "text not null",
      created_at: createdAt,
      microdao_id: "uuid not null",
    },
    primaryKey: ["id"],
    prefix: "t_",
    unique: [["slug"]],
    values: { mode: ["public", "confidential"] },
    foreignKeys: { microdao_id: "microdaos.id" },
  },
  {
    table: "team_members",
    source: "000",
    columns: { team_id: "text", user_id: "uuid", role: "text not null", viewer_type: "text not null" },
    primaryKey: ["team_id", "user_id"],
    values: { role: ["Owner", "Guardian", "Member"], viewer_type: ["reader", "commenter", "contributor"] },
    foreignKeys: { team_id: "teams.id cascade", user_id: "users.id cascade" },
  },
  {
    table: "channels",
    source: "000 and 001",
    columns: {
      id: "uuid",
      slug: "text not null",
      name: "text not null",
      microdao_id: "uuid not null",
      team_id: "text",
      // Not null in the source. A channel that is made by the API is there before its room: see the rule.
      matrix_room_id: "text",
      visibility: "text not null",
      created_by_user_id: "uuid",
      created_by_agent_id: "uuid",
      created_at: createdAt,
    },
    primaryKey: ["id"],
    unique: [["slug", "microdao_id"], ["matrix_room_id"]],
    values: { visibility: ["public", "private", "microdao"] },
    foreignKeys: {
      microdao_id: "microdaos.id",
      team_id: "teams.id",
      created_by_user_id: "users.id",
      created_by_agent_id: "agents.id",
    },
    indexes: [["slug", "microdao_id"], ["matrix_room_id"], ["microdao_id"]],
    rules: [
      "CHECK (((matrix_room_id IS NOT NULL) OR (status = ANY (ARRAY['creating'::text, 'failed'::text]))))",
    ],
  },
  {
    table: "channel_members",
    source: "001",
    columns: {
      id: "uuid",
      channel_id: "uuid not null",
      member_user_id: "uuid",
      member_agent_id: "uuid",
      role: "text not null",
      joined_at: "timestamptz default now()",
      left_at: "timestamptz",
    },
    primaryKey: ["id"],
    unique: [
      ["channel_id", "member_user_id"],
      ["channel_id", "member_agent_id"],
    ],
    values: { role: ["owner", "admin", "member", "guest", "agent"] },
    foreignKeys: { channel_id: "channels.id", member_user_id: "users.id", member_agent_id: "agents.id" },
    indexes: [["channel_id", "member_user_id"], ["channel_id", "member_agent_id"], ["channel_id"]],
    rules: ["CHECK ((num_nonnulls(member_user_id, member_agent_id) = 1))"],
  },
  {
    table: "messages",
    source: "000 and 001",
    columns: {
      id: "uuid",
      channel_id: "uuid not null",
      matrix_event_id: "text not null",
      sender_user_id: "uuid",
      sender_agent_id: "uuid",
      sender_type: "text not null",
      content_preview: "text not null",
      created_at: createdAt,
      metadata: "jsonb",
    },
    primaryKey: ["id"],
    unique: [["matrix_event_id"]],
    values: { sender_type: ["human", "agent"] },
    foreignKeys: { channel_id: "channels.id", sender_user_id: "users.id", sender_agent_id: "agents.id" },
    indexes: [["channel_id", "created_at"], ["matrix_event_id"], ["sender_user_id"], ["sender_agent_id"]],
    rules: ["CHECK ((num_nonnulls(sender_user_id, sender_agent_id) = 1))"],
  },
  {
    table: "followups",
    source: "000",
    columns: { id: "text", message_id: "uuid", type: "text", payload: "jsonb", created_at: createdAt },
    primaryKey: ["id"],
    prefix: "f_",
    foreignKeys: { message_id: "messages.id cascade" },
  },
  {
    table: "comemory_items",
    source: "000",
    columns: {
      id: "text",
      team_id: "text",
      embeddings: "vector(1536)",
      summary: "text",
      source_message: "text",
      created_at: createdAt,
    },
    primaryKey: ["id"],
    prefix: "comem_",
    foreignKeys: { team_id: "teams.id" },
    indexes: [["embeddings"]],
  },
  {
    table: "projects",
    source: "000",
    columns: { id: "text", team_id: "text", name: "text not null", created_at: createdAt },
    primaryKey: ["id"],
    prefix: "p_",
    foreignKeys: { team_id: "teams.id" },
  },
  {
    table: "tasks",
    source: "000",
    columns: {
      id: "text",
      project_id: "text",
      title: "text not null",
      status: "text not null",
      assignee: "uuid",
      created_at: createdAt,
    },
    primaryKey: ["id"],
    prefix: "task_",
    foreignKeys: { project_id: "projects.id", assignee: "users.id" },
  },
  {
    table: "agent_blueprints",
    source: "001",
    columns: {
      id: "uuid",
      code: "text not null",
      description: "text",
      model: "text not null",
      capabilities: "jsonb",
    },
    primaryKey: ["id"],
    unique: [["code"]],
    indexes: [["code"]],
  },
  {
    table: "agents",
    source: "000 and 001",
    columns: {
      id: "uuid",
      external_id: "text not null",
      name: "text not null",
      kind: "text not null",
      microdao_id: "uuid",
      owner_user_id: "uuid",
      matrix_id: "text",
      blueprint_id: "uuid not null",
      created_at: createdAt,
      team_id: "text",
      config: "jsonb",
    },
    primaryKey: ["id"],
    unique: [["external_id"], ["matrix_id"]],
    values: { kind: ["system", "assistant", "node", "quest"] },
    foreignKeys: {
      microdao_id: "microdaos.id",
      owner_user_id: "users.id",
      blueprint_id: "agent_blueprints.id",
      team_id: "teams.id",
    },
    indexes: [["external_id"], ["matrix_id"], ["microdao_id"], ["kind"]],
  },
  {
    table: "agent_sessions",
    source: "001",
    columns: {
      id: "uuid",
      agent_id: "uuid not null",
      channel_id: "uuid not null",
      started_at: "timestamptz default now()",
      last_activity_at: "timestamptz",
      status: "text not null",
    },
    primaryKey: ["id"],
    values: { status: ["active", "idle", "closed"] },
    foreignKeys: { agent_id: "agents.id", channel_id: "channels.id" },
    indexes: [["agent_id", "channel_id"], ["status"]],
  },
  {
    table: "agent_runs",
    source: "000",
    columns: {
      id: "text",
      agent_id: "uuid",
      input: "jsonb",
      output: "jsonb",
      created_at: createdAt,
      status: "text",
    },
    primaryKey: ["id"],
    prefix: "run_",
    foreignKeys: { agent_id: "agents.id" },
  },
  {
    table: "wallets",
    source: "000",
    columns: { user_id: "uuid", address: "text" },
    primaryKey: ["user_id"],
    unique: [["address"]],
    foreignKeys: { user_id: "users.id" },
  },
  {
    table: "staking_ringk",
    source: "000",
    columns: {
      id: "text",
      user_id: "uuid",
      amount: "numeric not null",
      lock_until: "timestamptz",
      created_at: createdAt,
    },
    primaryKey: ["id"],
    prefix: "stake_",
    foreignKeys: { user_id: "users.id" },
  },
  {
    table: "payouts",
    source: "000",
    columns: { id: "text", user_id: "uuid", amount: "numeric", symbol: "text", created_at: createdAt },
    primaryKey: ["id"],
    prefix: "pay_",
    foreignKeys: { user_id: "users.id" },
  },
  {
    table: "rwa_inventory",
    source: "000",
    columns: {
      id: "text",
      team_id: "text",
      type: "text",
      quantity: "numeric",
      metadata: "jsonb",
      updated_at: "timestamptz default now()",
    },
    primaryKey: ["id"],
    prefix: "rwa_",
    foreignKeys: { team_id: "teams.id" },
  },
  {
    table: "embassy_identities",
    source: "000",
    columns: { id: "text", external_id: "text", platform: "text", metadata: "jsonb" },
    primaryKey: ["id"],
    prefix: "emb_",
  },
  {
    table: "embassy_webhooks",
    source: "000",
    columns: { id: "text", platform: "text", secret: "text", url: "text", created_at: createdAt },
    primaryKey: ["id"],
    prefix: "hook_",
  },
  {
    table: "oracles",
    source: "000",
    columns: { id: "text", platform: "text", payload: "jsonb", created_at: createdAt },
    primaryKey: ["id"],
    prefix: "orc_",
  },
  {
    table: "access_keys",
    source: "000",
    columns: {
      id: "text",
      subject_kind: "text not null",
      subject_id: "text not null",
      team_id: "text",
      name: "text not null",
      status: "text not null",
      created_at: createdAt,
      expires_at: "timestamptz",
      last_used_at: "timestamptz",
    },
    primaryKey: ["id"],
    prefix: "ak_",
    values: {
      subject_kind: ["user", "agent", "integration", "embassy"],
      status: ["active", "revoked", "expired"],
    },
  },
  {
    table: "capabilities",
    source: "000",
    columns: { id: "text", code: "text not null", description: "text not null" },
    primaryKey: ["id"],
    prefix: "cap_",
    unique: [["code"]],
  },
  {
    table: "access_key_caps",
    source: "000",
    columns: { key_id: "text", cap_id: "text" },
    primaryKey: ["key_id", "cap_id"],
    foreignKeys: { key_id: "access_keys.id cascade", cap_id: "capabilities.id cascade" },
  },
  {
    table: "bundles",
    source: "000",
    columns: { id: "text", name: "text not null", created_at: createdAt },
    primaryKey: ["id"],
    prefix: "bundle_",
    unique: [["name"]],
  },
  {
    table: "bundle_caps",
    source: "000",
    columns: { bundle_id: "text", cap_id: "text" },
    primaryKey: ["bundle_id", "cap_id"],
    foreignKeys: { bundle_id: "bundles.id cascade", cap_id: "capabilities.id cascade" },
  },
  {
    table: "audit_log",
    source: "000",
    columns: {
      id: "text",
      user_id: "text",
      team_id: "text",
      action: "text",
      resource_kind: "text",
      data: "jsonb",
      created_at: createdAt,
    },
    primaryKey: ["id"],
    prefix: "aud_",
  },
  {
    table: "outbox_events",
    source: "000",
    columns: {
      id: "text",
      topic: "text not null",
      payload: "jsonb not null",
      created_at: createdAt,
      processed: "boolean default false",
    },
    primaryKey: ["id"],
    prefix: "evt_",
  },
];
