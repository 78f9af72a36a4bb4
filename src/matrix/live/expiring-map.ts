/** A map that holds so many entries at most, each for a while: the oldest go first. Times are milliseconds of any clock. */
export interface ExpiringMap<V> {
  get(key: string, now: number): V | undefined;
  /** Puts the entry at the end, as the youngest. */
  set(key: string, value: V, until: number): void;
  delete(key: string): void;
  /** What is still good, oldest first. */
  values(now: number): V[];
  /** Takes out and gives what is over. */
  expire(now: number): V[];
  readonly size: number;
}

export function createExpiringMap<V>(limit: number): ExpiringMap<V> {
  const entries = new Map<string, { readonly value: V; readonly until: number }>();
  return {
    get(key, now) {
      const entry = entries.get(key);
      return entry !== undefined && entry.until > now ? entry.value : undefined;
    },
    set(key, value, until) {
      entries.delete(key);
      entries.set(key, { value, until });
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
    delete(key) {
      entries.delete(key);
    },
    values: (now) => [...entries.values()].filter(({ until }) => until > now).map(({ value }) => value),
    expire(now) {
      const over = [...entries].filter(([, { until }]) => until <= now);
      for (const [key] of over) entries.delete(key);
      return over.map(([, { value }]) => value);
    },
    get size() {
      return entries.size;
    },
  };
}
