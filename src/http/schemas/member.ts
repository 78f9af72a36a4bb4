import { z } from "zod";
import type { MemberView } from "../../domain/messaging/index.ts";
import { encodeId } from "../../kernel/ids.ts";
import { moment, momentOrNull, pageOf } from "./values.ts";

export const memberships = ["invite", "join", "leave", "ban", "knock"] as const;

const memberSchema = z
  .object({
    kind: z.enum(["user", "agent"]),
    id: z.string().meta({ description: "`u_…` or `ag_…`." }),
    externalId: z.string().meta({ examples: ["user:93", "agent:sofia"] }),
    matrixId: z.string().nullable(),
    displayName: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    role: z.enum(["owner", "admin", "member", "guest", "agent"]),
    membership: z.enum(memberships),
    joinedAt: moment.nullable(),
    leftAt: moment.nullable(),
  })
  .meta({ id: "Member" });

export const memberPageSchema = pageOf(memberSchema, "MemberPage");

export function presentMember(view: MemberView): z.infer<typeof memberSchema> {
  return {
    kind: view.isAgent ? "agent" : "user",
    id: encodeId(view.isAgent ? "ag" : "u", view.memberId),
    externalId: view.externalId,
    matrixId: view.matrixId,
    displayName: view.displayName,
    avatarUrl: view.avatarUrl,
    role: view.role,
    membership: view.membership,
    joinedAt: momentOrNull(view.joinedUs),
    leftAt: momentOrNull(view.leftUs),
  };
}
