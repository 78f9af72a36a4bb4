import type { FastifyInstance } from "fastify";
import { malformedJson } from "./errors.ts";

/** Bodies are JSON in UTF-8 and nothing else. Bytes that are not UTF-8 are refused, not replaced. */
export function readJsonBodies(scope: FastifyInstance): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    /^application\/json(?:;|$)/i,
    { parseAs: "buffer" },
    (_request, body: Buffer, done) => {
      try {
        done(null, JSON.parse(decoder.decode(body)));
      } catch (error) {
        done(malformedJson({}, { cause: error }));
      }
    },
  );
}
