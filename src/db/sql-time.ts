/** SQL for a timestamptz column as microseconds since 1970: a bigint, exact over the column's whole range. */
export function microsecondsOf(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000000)::bigint`;
}

/**
 * SQL for the timestamptz of a bigint of microseconds, exact over the whole range: made of days and a remainder, because
 * one interval of more than 2^53 microseconds would be rounded.
 */
export function timeOfMicroseconds(value: string): string {
  return `((timestamp 'epoch' + (${value}::bigint / 86400000000) * interval '1 day'
    + (${value}::bigint % 86400000000) * interval '1 microsecond') AT TIME ZONE 'UTC')`;
}
