import { z } from "zod";
import { type Tx, transact } from "../../db/index.ts";
import { requireHeldRun } from "../../domain/endpoints/index.ts";
import {
  findStream,
  finishStream,
  growStream,
  messageNotOwn,
  type StreamState,
} from "../../domain/messaging/index.ts";
import { decodeId, encodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf } from "../authenticate-request.ts";
import { streamEnded, streamMissing } from "../errors.ts";
import { requireAgent } from "../require-agent.ts";
import { requireSpeaking } from "../require-speaking.ts";
import { type StreamPiece, streamPieceSchema, streamSchema } from "../schemas/message-stream.ts";
import { endingOf } from "../stream-ending.ts";

/** Messages that grow: begun by posting with `stream`, gone on with and ended here. */
export function messageStreamRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.patch(
    "/messages/:messageId/stream",
    {
      schema: {
        operationId: "growMessage",
        summary: "Go on with a message that grows, or end it",
        description:
          "Rooms see it grow by at most 20 edits, quick at first and then slower; the end is shown at once. A message that " +
          "nobody goes on with for 60 seconds ends by a sentence that says so. A piece with a number is taken once and in turn: " +
          "`seq` of the answer says which was taken last, so send what follows it. Ending twice is ending once. A message that " +
          "was begun for a run takes its `leaseToken` with every piece, and ends with the run.",
        tags: ["messages"],
        params: z.object({ messageId: z.string() }),
        body: streamPieceSchema,
        response: { 200: streamSchema, ...refusals(401, 403, 404, 409, 422, 429, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const agentId = requireAgent(principal);
      const done = await transact(deps.database, principal.actor, async (tx) => {
        const messageId = decodeId("m", request.params.messageId);
        const channel = await requireSpeaking(tx, principal, messageId);
        const stream = await findStream(tx.db, channel.messageId);
        if (stream === undefined) throw streamMissing({});
        if (stream.agentId !== agentId) throw messageNotOwn({});
        const { runId } = stream;
        const { leaseToken = "" } = request.body;
        if (runId !== null) await requireHeldRun(tx, { agentId, runId, leaseToken });
        return goOn(tx, stream.id, request.body);
      });
      // What was noted in the transaction stays: the message may have been deleted just now.
      if (done.refused) throw streamEnded({ state: done.state });
      return { messageId: encodeId("m", done.id), state: done.state, seq: done.seq, parts: [...done.parts] };
    },
  );
}

interface Done {
  readonly id: string;
  readonly state: StreamState;
  readonly seq: number;
  readonly parts: readonly string[];
  readonly refused: boolean;
}

async function goOn(tx: Tx, id: string, piece: StreamPiece): Promise<Done> {
  const { text, append, seq, failed: sentence } = piece;
  const ending = endingOf(piece);
  const grown = await growStream(tx, { sendId: id, text, append, seq });
  const finished = ending && (await finishStream(tx, { sendId: id, ending, sentence }));
  const state = (await findStream(tx.db, id))?.state ?? "failed";
  const parts = finished?.messageIds ?? [encodeId("m", id)];
  return { id, state, seq: grown.seq, parts, refused: ending === undefined && !grown.live };
}
