import { STATUS_CODES } from "node:http";
import { z } from "zod";
import type { AppError, ErrorKind } from "../kernel/errors.ts";
import { clauseOf } from "./clause-of.ts";
import type { RequestFault } from "./errors.ts";

/** What every refusal looks like (RFC 9457), sent as `application/problem+json`. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "`urn:microdao:problem:` and the code." }),
    title: z.string().meta({ description: "The name of the status." }),
    status: z.int(),
    detail: z.string().meta({ description: "One sentence for people." }),
    code: z.string().meta({ description: "Stable, for programs." }),
    clause: z
      .enum(["role", "plan", "capability", "membership", "mode", "quota", "suspended"])
      .optional()
      .meta({ description: "Which part of the decision refused, with 403 and 429." }),
    pointer: z.string().optional().meta({ description: "The pointer of the first of `errors`." }),
    errors: z
      .array(
        z.object({
          in: z.enum(["body", "query", "path", "header"]),
          pointer: z.string().meta({ description: "JSON Pointer (RFC 6901) within that part." }),
          code: z.string(),
          detail: z.string(),
        }),
      )
      .optional(),
    requestId: z.string().meta({ description: "As in the header `x-request-id` and in the log." }),
  })
  .meta({ id: "Problem" });

export type Problem = z.infer<typeof problemSchema>;

export const problemType = "application/problem+json";

const statusOfKind: Record<ErrorKind, number> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  missing: 404,
  conflict: 409,
  limited: 429,
  unavailable: 503,
  bug: 500,
};

/** HTTP has finer statuses than the eight kinds; these codes use them. */
const statusOfCode: Readonly<Record<string, number>> = {
  malformed_json: 400,
  malformed_request: 400,
  method_not_allowed: 405,
  payload_too_large: 413,
  message_too_large: 413,
  upload_too_large: 413,
  text_too_long: 413,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  media_unavailable: 502,
  media_not_yet_uploaded: 504,
  media_timeout: 504,
};

/** The answer to a declared error. The text of a bug stays inside. */
export function problemOf(error: AppError, requestId: string): Problem {
  const faults = faultsOf(error);
  const status = statusOf(error, faults);
  const code = error.kind === "bug" ? "internal_error" : error.code;
  const clause = clauseOf(error);
  return {
    type: `urn:microdao:problem:${code}`,
    title: STATUS_CODES[status] ?? "Error",
    status,
    detail: error.kind === "bug" ? "Something went wrong on our side. Nothing was changed." : error.message,
    code,
    ...(clause !== undefined && { clause }),
    ...(faults[0] !== undefined && { pointer: faults[0].pointer, errors: [...faults] }),
    requestId,
  };
}

/** Something that a body names and that is not there is a fault of the body, not of the path. */
function statusOf(error: AppError, faults: readonly RequestFault[]): number {
  if (error.kind === "missing" && faults.length > 0) return 422;
  return statusOfCode[error.code] ?? statusOfKind[error.kind];
}

/** Errors carry `faults`, or `field` when a verb refuses one field of the body. */
function faultsOf({ code, message, details }: AppError): readonly RequestFault[] {
  if ("faults" in details) return details.faults as readonly RequestFault[];
  if (!("field" in details) || typeof details.field !== "string") return [];
  return [{ in: "body", pointer: `/${details.field}`, code, detail: message }];
}

/** Headers that belong to a refusal. */
export function problemHeaders({ kind, code, details }: AppError): Record<string, string> {
  if (kind === "unauthenticated") {
    const fault = code === "access_key_required" ? "" : ', error="invalid_token"';
    return { "www-authenticate": `Bearer realm="microdao"${fault}` };
  }
  if ("allow" in details && typeof details.allow === "string") return { allow: details.allow };
  if ("retryAfterSeconds" in details) return { "retry-after": String(details.retryAfterSeconds) };
  return kind === "unavailable" ? { "retry-after": "5" } : {};
}
