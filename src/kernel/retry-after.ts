const longestMs = 24 * 3_600_000;

/**
 * How long a server asks to wait, in milliseconds: the header `Retry-After` in seconds or as an HTTP date
 * (RFC 9110 §10.2.3), else `retry_after_ms` of the body (deprecated since Matrix v1.10, still sent). Undefined when it
 * says nothing that makes sense; never negative, never more than a day.
 */
export function retryAfterMs(header: string | null, body: unknown, now: Date): number | undefined {
  return fromHeader(header?.trim() ?? "", now) ?? fromBody(body);
}

function fromHeader(header: string, now: Date): number | undefined {
  if (/^\d+$/.test(header)) return clamp(Number(header) * 1000);
  // Only what looks like an HTTP date: Date.parse takes "-1" for a month.
  if (!/^[A-Za-z]{3,9},? /.test(header)) return undefined;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : clamp(at - now.getTime());
}

function fromBody(body: unknown): number | undefined {
  if (typeof body !== "object" || body === null || !("retry_after_ms" in body)) return undefined;
  const value = body.retry_after_ms;
  return typeof value === "number" && Number.isFinite(value) ? clamp(value) : undefined;
}

function clamp(milliseconds: number): number {
  return Math.min(Math.max(Math.ceil(milliseconds), 0), longestMs);
}
