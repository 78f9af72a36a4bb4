import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { type RequestFault, requestInvalid } from "./errors.ts";

const parts: Readonly<Record<string, RequestFault["in"]>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "header",
};

/** Checks one part of a request with its zod schema. Throws `request_invalid` with every fault. */
export const validateRequest: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = parts[httpPart ?? "body"] ?? "body";
  return (data: unknown) => {
    try {
      return { value: checked(schema, part, data) };
    } catch (error) {
      if (!requestInvalid.is(error)) throw error;
      return { error };
    }
  };
};

/** What a schema makes of something in a part of a request. Throws `request_invalid`. */
export function checked<S extends z.ZodType>(schema: S, part: RequestFault["in"], data: unknown): z.infer<S> {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  throw requestInvalid({ faults: result.error.issues.flatMap((issue) => faultsOf(part, issue)) });
}

function faultsOf(part: RequestFault["in"], issue: z.core.$ZodIssue): RequestFault[] {
  if (issue.code !== "unrecognized_keys") {
    return [{ in: part, pointer: pointerOf(issue.path), code: issue.code, detail: issue.message }];
  }
  return issue.keys.slice(0, 20).map((key) => ({
    in: part,
    pointer: pointerOf([...issue.path, key]),
    code: issue.code,
    detail: "There is no such field.",
  }));
}

/** A JSON Pointer (RFC 6901) of a path. What the caller sent is cut and made printable. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).slice(0, 80).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
