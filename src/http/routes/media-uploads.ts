import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { transact } from "../../db/index.ts";
import { audit, requireAgent as getAgent, requireCapability } from "../../domain/governance/index.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { principalOf, requireAccessKeys } from "../authenticate-request.ts";
import type { MediaSink } from "../deps.ts";
import { uploadsOff } from "../errors.ts";
import { requireAgent } from "../require-agent.ts";

const uploadedSchema = z
  .object({
    mxcUri: z.string().meta({ description: "Where it is: post a message with it as `attachment.mxcUri`." }),
    mimetype: z
      .string()
      .meta({ description: "By its first bytes; what the request says counts only for texts." }),
    size: z.int().meta({ description: "Bytes." }),
    width: z.int().nullable(),
    height: z.int().nullable(),
  })
  .meta({ id: "UploadedMedia" });

/** Files of agents, on their way to the homeserver. In a scope of its own, because the body is the file as it is. */
export function mediaUploadRoutes(scope: ApiScope, deps: RouteDeps): void {
  const { database, door, media } = deps;
  requireAccessKeys(scope, door);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, body, done) => done(null, body));
  scope.post(
    "/media",
    {
      schema: {
        operationId: "uploadMedia",
        summary: "Upload a file, to be posted as an attachment",
        description:
          "The body is the file as it is. It is passed on as it comes; the same bytes are uploaded once within a week, so a " +
          "request may be repeated. Takes the capability `chat.message.send`. 413 names the limit, which is the homeserver's " +
          "or the bridge's own, whichever is smaller.",
        tags: ["messages"],
        response: { 201: uploadedSchema, ...refusals(401, 403, 413, 422, 429, 502, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { matrixId } = await getAgent(database.db, requireAgent(principal));
      requireCapability(principal, "chat.message.send");
      if (media.sink === undefined) throw uploadsOff({});
      const file = await take(media.sink, request, matrixId ?? undefined).catch((error: unknown) => {
        // Nobody reads the rest of the body.
        reply.header("connection", "close");
        throw error;
      });
      await transact(database, principal.actor, (tx) =>
        audit(tx, {
          action: "media.uploaded",
          resourceKind: "media",
          resourceId: file.mxc,
          microdaoId: null,
          requestId: request.id,
          data: { key_id: principal.keyId, bytes: file.bytes },
        }),
      );
      return reply.code(201).send({
        mxcUri: file.mxc,
        mimetype: file.contentType,
        size: file.bytes,
        width: file.width,
        height: file.height,
      });
    },
  );
}

function take(sink: MediaSink, { headers, body }: FastifyRequest, asUser: string | undefined) {
  const { "content-length": length, "content-type": contentType } = headers;
  return sink.upload({
    // Whoever stops reading must not cut the connection: the refusal has to arrive.
    body: (body as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
    contentType,
    asUser,
    length: length === undefined ? undefined : Number(length),
  });
}
