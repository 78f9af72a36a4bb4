import { messageOf } from "../kernel/errors.ts";

/** The result of a check that must not hang: what it gave, or `failed` with a short reason after `ms` or a rejection. */
export async function within<T>(
  ms: number,
  check: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly failed: string; readonly error?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ failed: string }>((resolve) => {
    timer = setTimeout(resolve, ms, { failed: `no answer within ${ms} ms` });
  });
  const done = check().then(
    (value) => ({ value }),
    (error: unknown) => ({ failed: messageOf(error), error }),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
