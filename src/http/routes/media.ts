import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Principal, requireCapability } from "../../domain/governance/index.ts";
import { findMedia, type MessageMedia } from "../../domain/messaging/index.ts";
import { decodeId } from "../../kernel/ids.ts";
import { type ApiScope, type RouteDeps, refusals } from "../api-scope.ts";
import { bearerOf } from "../authenticate-request.ts";
import { contentDisposition } from "../content-disposition.ts";
import { mediaEncrypted, mediaMissing, messageMissing } from "../errors.ts";
import { requireReadable } from "../require-readable.ts";

const size = (what: string) =>
  z.coerce
    .number(`${what} is a whole number from 1 to 2048.`)
    .int(`${what} is a whole number from 1 to 2048.`)
    .min(1, `${what} is at least 1.`)
    .max(2048, `${what} is at most 2048.`)
    .optional()
    .meta({ description: "Of a thumbnail, in pixels. The homeserver may give another size." });

const query = z
  .strictObject({
    item: z.coerce
      .number()
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .meta({ description: "Which file of a gallery, from 0." }),
    width: size("width"),
    height: size("height"),
    method: z.enum(["scale", "crop"]).optional(),
    key: z.string().max(40).optional().meta({ description: "Of a signed link, as the other two." }),
    expires: z.coerce.number().int().min(0).optional(),
    signature: z.string().max(64).optional(),
  })
  .refine(({ width, height }) => (width === undefined) === (height === undefined), {
    message: "Give width and height, or neither.",
    path: ["width"],
  })
  .refine(
    ({ key, expires, signature }) =>
      new Set([key, expires, signature].map((part) => part === undefined)).size === 1,
    { message: "This link is not whole.", path: ["signature"] },
  );

type Query = z.infer<typeof query>;
type Params = { messageId: string };

/** A while in which a browser need not ask again; whoever may not see it any more has seen it. */
const cacheSeconds = 300;

/** The files of messages, for those who may read the messages. */
export function mediaRoutes(scope: ApiScope, deps: RouteDeps): void {
  scope.decorateRequest("principal", null);
  scope.get(
    "/media/:messageId",
    {
      // Asking for the headers alone would fetch the whole file.
      exposeHeadRoute: false,
      schema: {
        operationId: "getMedia",
        summary: "A file of a message, or its thumbnail",
        description:
          "With an access key, or by a link from a message's `media`, which needs none. Pictures, sound and film are " +
          "served as what their first bytes say, everything else as an attachment.",
        tags: ["messages"],
        security: [{ accessKey: [] }, {}],
        params: z.object({ messageId: z.string() }),
        querystring: query,
        response: {
          200: { description: "The file", content: { "*/*": { schema: z.unknown() } } },
          ...refusals(401, 403, 404, 409, 422, 429, 502, 503, 504),
        },
      },
    },
    async (request, reply) => {
      request.principal = await principalOfRequest(deps, request.params, request.query, request);
      const file = await fileOf(deps, request.principal, request.params.messageId, request.query.item);
      return sendFile(deps, { file, query: request.query, request, reply });
    },
  );
}

function principalOfRequest(
  { door, links }: RouteDeps,
  { messageId }: Params,
  { item, key, expires, signature }: Query,
  request: FastifyRequest,
): Promise<Principal> {
  if (key === undefined || expires === undefined || signature === undefined) {
    return door.enter(bearerOf(request), request.ip);
  }
  links.check({ messageId, item, keyId: key, expires, signature });
  return door.enterByLink(key);
}

interface File extends MessageMedia {
  readonly mxc: string;
}

async function fileOf(
  { database: { db } }: RouteDeps,
  principal: Principal,
  messageId: string,
  item: number,
): Promise<File> {
  requireCapability(principal, "chat.message.read");
  const id = decodeId("m", messageId);
  const found = id === undefined ? undefined : await findMedia(db, id);
  if (found === undefined) throw messageMissing({});
  await requireReadable(db, principal, found.channelId);
  const file = found.media[item];
  if (file?.mxc == null) throw mediaMissing({});
  if (file.encrypted) throw mediaEncrypted({});
  return { ...file, mxc: file.mxc };
}

interface Sending {
  readonly file: File;
  readonly query: Query;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

async function sendFile(
  { media }: RouteDeps,
  { file, query: { width, height, method }, request, reply }: Sending,
) {
  const thumbnail =
    width === undefined || height === undefined
      ? undefined
      : { width, height, method: method ?? ("scale" as const) };
  // Films bring a picture of their own; of pictures the homeserver makes one of the size that is wanted.
  const mxc = thumbnail !== undefined && file.kind !== "image" ? (file.thumbnailMxc ?? file.mxc) : file.mxc;
  const etag = etagOf(mxc, thumbnail);
  const headers = {
    etag,
    "cache-control": `private, max-age=${cacheSeconds}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "accept-ranges": "none",
  };
  // What an mxc:// address names never changes, so nobody needs to be asked.
  if (request.headers["if-none-match"] === etag) return reply.code(304).headers(headers).send();
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const opened = await media.source.open({ mxc, thumbnail, signal: gone.signal });
  if (opened.length !== undefined) reply.header("content-length", opened.length);
  return reply
    .headers(headers)
    .type(opened.type)
    .header("content-disposition", contentDisposition(opened.inline, file.filename))
    .send(opened.body);
}

function etagOf(mxc: string, thumbnail: object | undefined): string {
  const name = JSON.stringify([mxc, thumbnail ?? null]);
  return `"${createHash("sha256").update(name).digest("base64url").slice(0, 22)}"`;
}
