import { accessKeyRefused } from "../../domain/governance/index.ts";

const hours: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };

/** When a key expires: `12h`, `30d`, `8w` from `now` on, or a moment such as `2027-01-31T12:00:00Z`. Throws `access_key_refused`. */
export function parseExpiry(text: string, now: Date): Date {
  const [, count, unit = ""] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return new Date(now.getTime() + Number(count) * (hours[unit] ?? 0) * 3_600_000);
  const moment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/.test(text) ? new Date(text) : undefined;
  if (moment === undefined || Number.isNaN(moment.getTime())) {
    throw accessKeyRefused({
      what: "Write a duration such as 12h, 30d or 8w, or a moment such as 2027-01-31T12:00:00Z.",
    });
  }
  return moment;
}
