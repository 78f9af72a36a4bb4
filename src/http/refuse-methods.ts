import type { HTTPMethods, RouteOptions } from "fastify";
import type { ApiScope } from "./api-scope.ts";
import { methodNotAllowed } from "./errors.ts";

const methods: readonly HTTPMethods[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/**
 * Watches which methods each path answers; the function it returns adds 405 with `Allow` for the others. It needs no
 * key: what methods there are is no secret.
 */
export function refuseOtherMethods(scope: ApiScope): () => void {
  const answered = new Map<string, Set<HTTPMethods>>();
  scope.addHook("onRoute", ({ url, method }: RouteOptions) => {
    const known = answered.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    answered.set(url, known);
  });
  return () => {
    for (const [url, known] of [...answered]) {
      const others = methods.filter((method) => !known.has(method));
      const allow = [...known].toSorted().join(", ");
      const refuse = () => {
        throw methodNotAllowed({ allow });
      };
      if (others.length > 0) {
        scope.route({ method: others, url, schema: { hide: true }, onRequest: refuse, handler: refuse });
      }
    }
  };
}
