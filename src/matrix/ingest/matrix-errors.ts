import type { FastifyReply } from "fastify";

/** A standard error response: status, `errcode` and a sentence. Source: client-server API, "Standard error response". */
export interface MatrixErrorAnswer {
  readonly status: number;
  readonly errcode: string;
  readonly error: string;
}

export const matrixErrors = {
  missingToken: { status: 401, errcode: "M_MISSING_TOKEN", error: "The request carries no bearer token." },
  wrongToken: {
    status: 403,
    errcode: "M_FORBIDDEN",
    error: "The bearer token is not this application service's hs_token.",
  },
  unknownPath: { status: 404, errcode: "M_UNRECOGNIZED", error: "There is no such endpoint." },
  wrongMethod: { status: 405, errcode: "M_UNRECOGNIZED", error: "The endpoint does not take this method." },
  notFound: { status: 404, errcode: "M_NOT_FOUND", error: "There is no such thing here." },
  notJson: { status: 400, errcode: "M_NOT_JSON", error: "The body is not JSON." },
  badJson: { status: 400, errcode: "M_BAD_JSON", error: "The body is not an object with an array `events`." },
  badRequest: { status: 400, errcode: "M_INVALID_PARAM", error: "The request cannot be read." },
  tooLarge: { status: 413, errcode: "M_TOO_LARGE", error: "The body is larger than 64 MiB." },
  unavailable: {
    status: 503,
    errcode: "M_UNKNOWN",
    error: "Something that the bridge needs cannot be reached. Nothing was stored; try again.",
  },
  internal: { status: 500, errcode: "M_UNKNOWN", error: "Internal error." },
} as const satisfies Record<string, MatrixErrorAnswer>;

export function answerError(
  reply: FastifyReply,
  { status, errcode, error }: MatrixErrorAnswer,
): FastifyReply {
  return reply.code(status).type("application/json").send({ errcode, error });
}
