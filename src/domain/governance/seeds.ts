/** Roles in a microDAO, from the least to the most trusted. Each holds all that those before it hold. */
export const roles = ["Visitor", "Member", "Guardian", "Owner"] as const;

/** Plans of a microDAO, from the smallest to the largest. Each holds all that those before it hold. */
export const plans = ["Freemium", "Casual", "Premium", "Platformium"] as const;

export type Role = (typeof roles)[number];
export type Plan = (typeof plans)[number];

/** A capability, what it allows in words, and the first role and the first plan that hold it. */
export type CapabilityRow = readonly [code: string, allows: string, fromRole: Role, fromPlan: Plan];

/**
 * Who holds what. `bundle.role.Guardian` is every row whose role is Visitor, Member or Guardian; `bundle.plan.Casual` is
 * every row whose plan is Freemium or Casual. This table is the truth: seeding brings these bundles to it.
 */
export const capabilityTable: readonly CapabilityRow[] = [
  ["chat.message.read", "Read messages, their edits and reactions", "Visitor", "Freemium"],
  ["chat.message.send", "Send, edit and delete messages of one's own, and react", "Member", "Freemium"],
  [
    "chat.message.redact",
    "Delete messages of others, where the room's power levels allow it",
    "Guardian",
    "Freemium",
  ],
  ["followup.read", "See which messages somebody is to come back to", "Visitor", "Freemium"],
  ["followup.manage", "Make follow-ups of messages, change and resolve them", "Member", "Freemium"],
  ["task.create", "Make tasks", "Member", "Freemium"],
  ["memory.read", "See what a channel remembers", "Visitor", "Freemium"],
  ["memory.write", "Have a channel remember something", "Member", "Freemium"],
  ["web.fetch", "Have an agent read pages of the web", "Member", "Freemium"],
  ["channel.read", "See channels, their members and how far they are mirrored", "Visitor", "Freemium"],
  ["channel.create", "Create channels, with their rooms", "Guardian", "Freemium"],
  ["channel.manage", "Change, archive, link, unlink, freeze and backfill channels", "Guardian", "Freemium"],
  ["channel.export", "Take all that is mirrored of a channel away as a file", "Guardian", "Freemium"],
  ["member.manage", "Give roles to members and take them away", "Guardian", "Freemium"],
  ["microdao.read", "See microDAOs and how their rooms are ordered", "Visitor", "Freemium"],
  ["microdao.manage", "Change microDAOs", "Owner", "Freemium"],
  ["microdao.create", "Found microDAOs, with their spaces", "Owner", "Freemium"],
  ["agent.read", "See agents, their sessions and runs", "Member", "Freemium"],
  [
    "agent.request",
    "Ask for an agent, which somebody with agent.manage approves or refuses",
    "Member",
    "Freemium",
  ],
  ["agent.run.invoke", "Have an agent run", "Member", "Freemium"],
  ["agent.manage", "Register, approve, suspend and revoke agents", "Guardian", "Freemium"],
  ["router.invoke", "Have the router choose an agent", "Member", "Casual"],
  ["wallet.balance.view", "See the balance of a wallet", "Member", "Freemium"],
  ["wallet.stake.ringk", "Stake RINGK", "Member", "Freemium"],
  ["rwa.inventory.update", "Change the inventory of real-world assets", "Guardian", "Premium"],
  ["embassy.rwa.claim", "Claim real-world assets through the embassy", "Owner", "Platformium"],
  ["key.manage", "Create, list and revoke access keys", "Owner", "Freemium"],
  ["audit.read", "Read the audit log", "Owner", "Freemium"],
  ["person.erase", "Remove what a person said and is called", "Owner", "Freemium"],
  ["deadletter.manage", "See, retry and drop what could not be processed", "Owner", "Freemium"],
];

/** A bundle's name and the codes of the capabilities in it. */
export interface SeededBundle {
  readonly name: string;
  readonly capabilities: readonly string[];
}

/** Every bundle that the table gives: four of roles and four of plans. */
export function seededBundles(): SeededBundle[] {
  const ofRole = roles.map((role, rank) => ({
    name: `bundle.role.${role}`,
    capabilities: codesOf(([, , fromRole]) => roles.indexOf(fromRole) <= rank),
  }));
  const ofPlan = plans.map((plan, rank) => ({
    name: `bundle.plan.${plan}`,
    capabilities: codesOf(([, , , fromPlan]) => plans.indexOf(fromPlan) <= rank),
  }));
  return [...ofRole, ...ofPlan];
}

function codesOf(isHeld: (row: CapabilityRow) => boolean): string[] {
  return capabilityTable.filter(isHeld).map(([code]) => code);
}
