/** The most edits that a growing message gets, the final one included: rooms limit how much one user may send. */
export const mostEdits = 20;

/** So many are kept for endings: when its owner dies, when it is taken up again, when it is finished after all. */
const keptForEndings = 3;
const firstPauseMs = 250;
const growth = 1.35;

/**
 * How long what is shown stays before the next edit, in milliseconds, when so many edits were made already: a quarter of a
 * second at first, half a minute at last. Undefined when only endings are left, which do not wait.
 */
export function pauseBeforeEdit(edits: number): number | undefined {
  if (edits >= mostEdits - keptForEndings) return undefined;
  return Math.round(firstPauseMs * growth ** edits);
}

/** When the next edit is due; undefined when only endings are left. */
export function nextEditAt({ edits, editedAt }: { edits: number; editedAt: Date }): Date | undefined {
  const pause = pauseBeforeEdit(edits);
  return pause === undefined ? undefined : new Date(editedAt.getTime() + pause);
}
