/** A promise of the project about its speed, what was measured, and whether it is kept. */
export interface Judgement {
  readonly goal: string;
  readonly limit: number;
  readonly measured: number;
  readonly kept: boolean;
}

/** The figures that the promises are about; what was not run is absent. */
export interface Figures {
  readonly batches?: { ratios: Record<string, number> } | undefined;
  readonly singles?: { ratios: Record<string, number> } | undefined;
  readonly loaded?: { losses: Record<string, number> } | undefined;
  readonly soak?: { growth: number } | undefined;
  readonly backfill?: { paced: { ratio: number } } | undefined;
  readonly rights?: { decisionsPerSecond: number; keyCheck: { p50Ms: number } } | undefined;
  readonly posting?:
    | {
        latency: { overBareP50Ms: number };
        wide: { perSecond: number; disorder: number };
        narrow: { disorder: number };
        lane: { disorder: number };
      }
    | undefined;
  readonly mentions?: { overBareP50Ms: number; synapse?: { overBareP50Ms: number } | undefined } | undefined;
  readonly embedded?: { programs: { ours?: { eventsPerSecond: number } } } | undefined;
}

type Goal = readonly [
  goal: string,
  bound: "at least" | "at most",
  limit: number,
  measured: number | undefined,
];

/** Compares the figures with the promises. Promises about scenarios that did not run are left out. */
export function judge(figures: Figures): Judgement[] {
  const goals: readonly Goal[] = [
    ["transactions of 100: rate ÷ floor", "at least", 0.5, figures.batches?.ratios["rate of ours to floor"]],
    ["transactions of 100: rate ÷ naive", "at least", 8, figures.batches?.ratios["rate of ours to naive"]],
    ["transactions of one: p50 ÷ floor", "at most", 2, figures.singles?.ratios["p50 of ours to floor"]],
    ["rate lost to full tables", "at most", 0.15, figures.loaded?.losses["ours"]],
    ["memory at the end ÷ after 100,000 events", "at most", 1.3, figures.soak?.growth],
    ["reading a history ÷ bare paging", "at most", 1.3, figures.backfill?.paced.ratio],
    ...rightsGoals(figures.rights),
    ...postingGoals(figures.posting),
    ...mentionsGoals(figures.mentions),
    ["events per second, embedded", "at least", 1500, figures.embedded?.programs.ours?.eventsPerSecond],
  ];
  return goals.flatMap(([goal, bound, limit, measured]) => {
    if (measured === undefined) return [];
    const kept = bound === "at least" ? measured >= limit : measured <= limit;
    return [{ goal: `${goal}, ${bound}`, limit, measured, kept }];
  });
}

function rightsGoals(rights: Figures["rights"]): readonly Goal[] {
  return [
    ["decisions per second", "at least", 1_000_000, rights?.decisionsPerSecond],
    ["key check, p50 ms", "at most", 0.2, rights?.keyCheck.p50Ms],
  ];
}

function postingGoals(posting: Figures["posting"]): readonly Goal[] {
  const disorder = posting && posting.wide.disorder + posting.narrow.disorder + posting.lane.disorder;
  return [
    ["post to event id over a bare send, p50 ms", "at most", 15, posting?.latency.overBareP50Ms],
    ["posts delivered in a second", "at least", 200, posting?.wide.perSecond],
    ["posts delivered out of order", "at most", 0, disorder],
  ];
}

function mentionsGoals(mentions: Figures["mentions"]): readonly Goal[] {
  return [
    ["mention to answer over two bare sends, p50 ms", "at most", 60, mentions?.overBareP50Ms],
    ["the same with Synapse, p50 ms", "at most", 60, mentions?.synapse?.overBareP50Ms],
  ];
}
