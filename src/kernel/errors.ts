/**
 * What went wrong, from the caller's point of view. The kind alone decides the HTTP status, the Matrix error code and
 * whether a job is repeated; nobody looks at messages to decide anything.
 */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "missing"
  | "conflict"
  | "limited"
  | "unavailable"
  | "bug";

/** An error somebody declared: a stable code, a kind, a sentence for people and details for programs. */
export class AppError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly details: object;

  constructor(
    declared: { code: string; kind: ErrorKind },
    message: string,
    details: object,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = declared.code;
    this.code = declared.code;
    this.kind = declared.kind;
    this.details = details;
  }
}

/** Declares an error once: its code, its kind and its sentence. The result makes such errors and recognises them. */
export function declareError<D extends object>(code: string, kind: ErrorKind, say: (details: D) => string) {
  const create = (details: D, options?: ErrorOptions) =>
    new AppError({ code, kind }, say(details), details, options);
  const is = (error: unknown): error is AppError & { readonly details: D } =>
    error instanceof AppError && error.code === code;
  return Object.assign(create, { code, kind, is });
}

const bugError = declareError<{ what: string }>("bug", "bug", ({ what }) => what);

/** Something that cannot happen if the code is right. Callers outside never see the text. */
export function bug(what: string, options?: ErrorOptions): AppError {
  return bugError({ what }, options);
}

/** The message of anything that was thrown, for logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
