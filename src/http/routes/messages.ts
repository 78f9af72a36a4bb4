import { z } from "zod";
import { type Principal, requireCapability } from "../../domain/governance/index.ts";
import { findMessage, type TrackedMessage } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { messageMissing } from "../errors.ts";
import { linksFor } from "../media-links.ts";
import { requireReadable } from "../require-readable.ts";
import { presentTracked, trackedMessageSchema } from "../schemas/message.ts";

/** One message and how far its delivery is. */
export function messageRoutes(scope: ApiScope, { database, links }: RouteDeps): void {
  scope.get(
    "/messages/:messageId",
    {
      schema: {
        operationId: "getMessage",
        summary: "One message and how far its delivery is",
        description: "An agent sees what it posted itself with `chat.message.send` alone.",
        tags: ["messages"],
        params: z.object({ messageId: z.string() }),
        response: { 200: trackedMessageSchema, ...refusals(401, 403, 404, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      requireCapability(
        principal,
        principal.capabilities.has("chat.message.send") ? "chat.message.send" : "chat.message.read",
      );
      const id = decodeId("m", request.params.messageId);
      const message = id === undefined ? undefined : await findMessage(database.db, id);
      if (message === undefined) throw messageMissing({});
      if (!isOwn(principal, message)) await requireReadable(database.db, principal, message.channelId);
      return presentTracked(message, linksFor(links, principal));
    },
  );
}

function isOwn({ subject, capabilities }: Principal, { send }: TrackedMessage): boolean {
  if (subject.kind !== "agent" || send === null) return false;
  return send.agentId === subject.uuid && capabilities.has("chat.message.send");
}
