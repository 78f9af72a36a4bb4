import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { ReadQuestion } from "../domain/agents/index.ts";
import type { HashKey, Sealer } from "../domain/governance/index.ts";
import type { ApiDeps } from "./deps.ts";
import type { Door } from "./door.ts";
import type { MediaLinks } from "./media-links.ts";
import { problemSchema, problemType } from "./problem.ts";
import type { Claimable } from "./stream/claimable.ts";
import type { Streams } from "./stream/streams.ts";

/** Where routes are written: Fastify with zod schemas. */
export type ApiScope = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What routes work with. */
export interface RouteDeps extends ApiDeps {
  readonly hashKey: HashKey;
  readonly door: Door;
  readonly streams: Streams;
  readonly links: MediaLinks;
  readonly readQuestion: ReadQuestion;
  readonly webhooks: { readonly allowPrivate: boolean };
  readonly claimable: Claimable;
  readonly sealer: Sealer;
  /** Aborted when the server stops: whoever waits for something gets an answer. */
  readonly closing: AbortSignal;
}

const meanings = {
  401: "No access key, or one that is not known, revoked or expired.",
  403: "The key may not do this; `code` says which condition fails.",
  404: "Not there, or not for this key to see.",
  409: "The state of the channel or the agent is in the way.",
  413: "Too large.",
  422: "The request has faults; `errors` names each.",
  429: "Too many requests; `Retry-After` says how long to wait.",
  502: "The homeserver gave no usable answer.",
  503: "The database is away; nothing was stored.",
  504: "The homeserver took too long, or does not have the file yet.",
} as const;

type Refusal = keyof typeof meanings;

/** The refusals of a route, for its description. */
export function refusals<S extends Refusal>(...statuses: readonly S[]) {
  const answer = (status: Refusal) => ({
    description: meanings[status],
    content: { [problemType]: { schema: problemSchema } },
  });
  return Object.fromEntries(statuses.map((status) => [status, answer(status)])) as Record<
    S,
    ReturnType<typeof answer>
  >;
}
