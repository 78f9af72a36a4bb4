import type { Actor } from "../../kernel/actor.ts";
import type { SubjectKind } from "./decide.ts";

/** Who a request comes from: a verified key and its subject. */
export interface Principal {
  readonly keyId: string;
  readonly actor: Actor;
  readonly capabilities: ReadonlySet<string>;
  readonly expiresAt: Date | null;
  /** What the key is bound to. */
  readonly scope: { readonly microdaoId: string | null; readonly teamId: string | null };
  readonly subject: {
    readonly kind: SubjectKind;
    /** As stored with the key: `user:93`, `agent:sofia`, `emb_…`, a name. */
    readonly id: string;
    /** The row of a user or an agent. */
    readonly uuid: string | null;
    readonly active: boolean;
    /** Where an agent is registered. */
    readonly microdaoId: string | null;
    readonly teamId: string | null;
  };
}
