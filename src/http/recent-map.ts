/** A map of bounded size: what was used longest ago is forgotten. */
export function createRecentMap<K, V>(limit: number) {
  const entries = new Map<K, V>();
  return {
    get(key: K): V | undefined {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key: K, value: V): void {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= limit) return;
      for (const [oldest] of entries) {
        entries.delete(oldest);
        return;
      }
    },
    delete(key: K): void {
      entries.delete(key);
    },
    size: () => entries.size,
  };
}
