import { quotaRefused } from "./errors.ts";
import type { QuotaLimit } from "./quotas.ts";

const limitPattern = /^(messages|runs|tokens|money)=(\d{1,12}(?:\.\d{1,9})?|free)\/(minute|hour|day)$/;

/**
 * Limits as people write them: `messages=600/hour,money=5/day`; `free` for without limit, `off` for none at all. Throws
 * `quota_refused`.
 */
export function parseQuotas(text: string): QuotaLimit[] {
  if (text === "off") return [];
  const limits = text.split(",").map((part) => {
    const [, what, amount, period] = limitPattern.exec(part.trim()) ?? [];
    if (what === undefined) throw quotaRefused({});
    return {
      what: what as QuotaLimit["what"],
      period: period as QuotaLimit["period"],
      amount: amount === "free" ? null : Number(amount),
    };
  });
  if (new Set(limits.map(({ what, period }) => `${what} ${period}`)).size < limits.length)
    throw quotaRefused({});
  return limits;
}
