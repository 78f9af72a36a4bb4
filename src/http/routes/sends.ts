import { z } from "zod";
import type { Principal } from "../../domain/governance/index.ts";
import { findSend, type Send } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { sendMissing } from "../errors.ts";
import { presentSend, sendSchema } from "../schemas/send.ts";

/** How far a message, an edit, a reaction or a redaction is. */
export function sendRoutes(scope: ApiScope, { database }: RouteDeps): void {
  scope.get(
    "/sends/:sendId",
    {
      schema: {
        operationId: "getSend",
        summary: "How far something is that the agent sends",
        description: "For the agent that sends it.",
        tags: ["messages"],
        params: z.object({ sendId: z.string() }),
        response: { 200: sendSchema, ...refusals(401, 404, 429, 503) },
      },
    },
    async (request) => {
      const id = decodeId("snd", request.params.sendId);
      const send = id === undefined ? undefined : await findSend(database.db, id);
      if (send === undefined || !isOwn(principalOf(request), send)) throw sendMissing({});
      return presentSend(send);
    },
  );
}

function isOwn({ subject, capabilities }: Principal, send: Send): boolean {
  return subject.kind === "agent" && send.agentId === subject.uuid && capabilities.has("chat.message.send");
}
