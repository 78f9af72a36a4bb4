import type { Tx } from "./tx.ts";

/**
 * Runs `work` inside an open transaction so that its failure undoes only itself: rows, events and jobs. Gives the
 * failure instead of throwing it, so that the caller can go on.
 */
export async function attempt<T>(
  tx: Tx,
  work: (tx: Tx) => Promise<T>,
): Promise<{ value: T } | { error: unknown }> {
  const atEnd: (() => void)[] = [];
  await tx.db.$executeRawUnsafe("SAVEPOINT attempt");
  try {
    const value = await work({
      ...tx,
      emit: (event) => void atEnd.push(() => tx.emit(event)),
      blank: (channelIds) => void atEnd.push(() => tx.blank(channelIds)),
      finally: (name, part) => void atEnd.push(() => tx.finally(name, part)),
      enqueue: (spec, payload) => void atEnd.push(() => tx.enqueue(spec, payload)),
    });
    await tx.db.$executeRawUnsafe("RELEASE SAVEPOINT attempt");
    for (const say of atEnd) say();
    return { value };
  } catch (error) {
    await tx.db.$executeRawUnsafe("ROLLBACK TO SAVEPOINT attempt");
    await tx.db.$executeRawUnsafe("RELEASE SAVEPOINT attempt");
    return { error };
  }
}
