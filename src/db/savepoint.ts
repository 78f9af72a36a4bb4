import type { DomainEvent } from "../kernel/events.ts";
import type { PreviewsToBlank, Tx } from "./tx.ts";

/**
 * Runs `work` inside an open transaction so that its failure undoes only itself: rows, events and jobs. Gives the
 * failure instead of throwing it, so that the caller can go on.
 */
export async function attempt<T>(
  tx: Tx,
  work: (tx: Tx) => Promise<T>,
): Promise<{ value: T } | { error: unknown }> {
  const events: DomainEvent[] = [];
  const blanks: PreviewsToBlank[] = [];
  const jobs: (() => void)[] = [];
  await tx.db.$executeRawUnsafe("SAVEPOINT attempt");
  try {
    const value = await work({
      ...tx,
      emit: (event) => void events.push(event),
      blank: (previews) => void blanks.push(previews),
      enqueue: (spec, payload) => void jobs.push(() => tx.enqueue(spec, payload)),
    });
    await tx.db.$executeRawUnsafe("RELEASE SAVEPOINT attempt");
    for (const event of events) tx.emit(event);
    for (const previews of blanks) tx.blank(previews);
    for (const enqueue of jobs) enqueue();
    return { value };
  } catch (error) {
    await tx.db.$executeRawUnsafe("ROLLBACK TO SAVEPOINT attempt");
    await tx.db.$executeRawUnsafe("RELEASE SAVEPOINT attempt");
    return { error };
  }
}
