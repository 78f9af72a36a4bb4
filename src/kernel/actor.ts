/** Who does something. `id` is the prefixed id (`u_…`, `ag_…`) or, for a service, its name. */
export interface Actor {
  readonly id: string;
  readonly kind: "user" | "agent" | "service" | "embassy";
}

/** The bridge itself, when it acts for nobody else. */
export const bridgeActor: Actor = { id: "bridge", kind: "service" };
