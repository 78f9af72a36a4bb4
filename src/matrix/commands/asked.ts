/** Somebody who may ask, where, and the power they have there. */
export interface Asked {
  readonly roomId: string;
  /** uuid */
  readonly channelId: string;
  readonly sender: string;
  readonly eventId: string;
  readonly power: number;
  /** What is said under this key is said once. */
  readonly key: string;
}
