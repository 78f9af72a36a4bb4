import { z } from "zod";
import type { AccessKeyRow } from "../../domain/governance/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { microdaoName } from "./new-channel.ts";
import { idempotencyHeaders, idOf, moment, pageOf } from "./values.ts";

const subjectKinds = ["user", "agent", "integration", "embassy"] as const;
const codes = z.array(z.string().max(100)).max(100);

export const newKeySchema = z
  .strictObject({
    name: z.string().max(400).meta({ description: "What people call the key." }),
    subject: z.strictObject({
      kind: z.enum(subjectKinds),
      id: z.string().max(100).meta({ description: "`user:93`, `agent:sofia`, a program's name, `emb_…`." }),
    }),
    capabilities: codes.default([]).meta({ description: "Codes, such as `chat.message.send`." }),
    bundles: codes.default([]).meta({ description: "Names, such as `bundle.role.Member`." }),
    microdao: microdaoName.optional().meta({
      description: "What the key is bound to. Only whoever operates the bridge may leave it out.",
    }),
    team: z.string().max(40).optional().meta({ description: "`t_…`: bound to this team of the microDAO." }),
    expiresAt: z.iso.datetime({ offset: true }).optional().meta({ description: "Never, if left out." }),
  })
  .meta({ id: "NewAccessKey" });

export const newKeyHeaders = idempotencyHeaders(
  "Makes a repeated request give the key that the first one made, without its secret: that is shown once and kept nowhere. " +
    "Whose first answer was lost rotates the key.",
);

const shape = {
  id: idOf("ak", "Also what its token begins with."),
  name: z.string(),
  subject: z.object({ kind: z.enum(subjectKinds), id: z.string() }),
  microdaoId: z.string().nullable(),
  teamId: z.string().nullable(),
  status: z.enum(["active", "revoked", "expired"]),
  capabilities: z.array(z.string()).meta({ description: "Its own and those of its bundles." }),
  createdBy: z.string().nullable(),
  createdAt: moment,
  expiresAt: moment.nullable(),
  lastUsedAt: moment.nullable().meta({ description: "To the minute." }),
};

export const keySchema = z.object(shape).meta({ id: "AccessKey" });
export const keyPageSchema = pageOf(keySchema, "AccessKeyPage");
export const keyWithTokenSchema = z
  .object({
    ...shape,
    token: z.string().nullable().meta({
      description:
        "What to send as `Authorization: Bearer …`. Shown this once; null in the answer to a repeated request.",
    }),
  })
  .meta({ id: "AccessKeyWithToken" });

export function presentKey(key: AccessKeyRow): z.output<typeof keySchema> {
  const { id, name, subjectKind, subjectId, microdaoId, teamId, status, capabilities, createdBy } = key;
  return {
    id,
    name,
    subject: { kind: subjectKind, id: subjectId },
    microdaoId: microdaoId === null ? null : encodeId("md", microdaoId),
    teamId,
    status,
    capabilities: [...capabilities],
    createdBy,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  };
}
