/** Who listens to which bell in this process. */
interface Bells {
  readonly bells: Map<string, Set<() => void>>;
}

/**
 * Calls `listener` after every commit in this process of a transaction that said `tx.wake(bell)`; gives what ends that.
 * Other processes do not hear it: whoever listens looks by itself as well.
 */
export function onWake(database: Bells, bell: string, listener: () => void): () => void {
  const listeners = database.bells.get(bell) ?? new Set();
  database.bells.set(bell, listeners.add(listener));
  return () => void listeners.delete(listener);
}

/** Rings bells: each listener once. */
export function ring(database: Bells, bells: Iterable<string>): void {
  for (const bell of bells) for (const listener of database.bells.get(bell) ?? []) listener();
}
