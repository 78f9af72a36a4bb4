/** Which Matrix users are ours: the bot that humans talk to, and the ghosts that agents speak as. */
export interface Namespace {
  readonly botUserId: string;
  isGhost(userId: string): boolean;
}

export function isOurs(namespace: Namespace, userId: string): boolean {
  return userId === namespace.botUserId || namespace.isGhost(userId);
}
