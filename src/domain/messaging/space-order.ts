/** A place among the children of a space. */
export interface Placed {
  readonly roomId: string;
  readonly order: string | null;
  readonly addedTs: number;
}

/**
 * The order of a space's children (client-server API, "Ordering of children within a space"): those with a valid `order`
 * first, by its characters' codes; then by when they were added; then by room id.
 */
export function inSpaceOrder(one: Placed, other: Placed): number {
  if (one.order !== other.order) {
    if (one.order === null) return 1;
    if (other.order === null) return -1;
    return one.order < other.order ? -1 : 1;
  }
  if (one.addedTs !== other.addedTs) return one.addedTs - other.addedTs;
  return one.roomId < other.roomId ? -1 : one.roomId > other.roomId ? 1 : 0;
}

/** An `order` that counts: 1 to 50 characters from space to tilde. */
export function validOrder(value: unknown): string | null {
  return typeof value === "string" && /^[\x20-\x7e]{1,50}$/.test(value) ? value : null;
}
