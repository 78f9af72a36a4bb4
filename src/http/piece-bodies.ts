import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import type { ApiScope } from "./api-scope.ts";
import { malformedJson, payloadTooLarge } from "./errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The lines of a body in pieces that come after the first one; null, or not there, on any other. */
    pieces: AsyncGenerator<unknown, undefined> | null;
  }
}

export const piecesType = "application/x-ndjson";
const piecesPattern = /^application\/x-ndjson(?:;|$)/i;
const lineLimitBytes = 512 * 1024;
const newline = 10;

/** Whether a body is one that is answered while it comes, by its type. */
export function comesInPieces(contentType: string | undefined): boolean {
  return contentType !== undefined && piecesPattern.test(contentType);
}

/**
 * Lets requests of a scope come in pieces: JSON, one line each. The first line is the body; the others are read one by one
 * by whoever answers, and no faster than they are asked for.
 */
export function readPieceBodies(scope: ApiScope): void {
  scope.decorateRequest("pieces", null);
  scope.addContentTypeParser(piecesPattern, async (request: FastifyRequest, body: Readable) => {
    // Whoever stops reading must not cut the connection: the refusal has to arrive.
    const lines = linesOf(body.iterator({ destroyOnReturn: false }));
    request.pieces = lines;
    const first = await lines.next();
    if (first.done === true) throw malformedJson({});
    return first.value;
  });
  scope.addHook("onSend", (request, reply, _payload, done) => {
    // Nobody reads the rest of a body that is answered before its end.
    if (request.pieces !== null && !request.raw.complete) reply.header("connection", "close");
    done();
  });
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<unknown, undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      const line = rest.subarray(0, end);
      rest = rest.subarray(end + 1);
      yield* valuesOf(line);
    }
    if (rest.length > lineLimitBytes) throw payloadTooLarge({ limit: lineLimitBytes });
  }
  yield* valuesOf(rest);
  return undefined;
}

/** What a line holds; empty lines hold nothing. Bytes that are not UTF-8 are refused, not replaced. */
function valuesOf(line: Uint8Array): readonly unknown[] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(line);
    return text.trim() === "" ? [] : [JSON.parse(text)];
  } catch (error) {
    throw malformedJson({}, { cause: error });
  }
}
