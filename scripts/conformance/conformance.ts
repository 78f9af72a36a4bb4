/** What vitest's JSON reporter writes, as far as it is read here. */
export interface TestReport {
  readonly testResults: readonly TestFile[];
}

interface TestFile {
  readonly name: string;
  readonly assertionResults: readonly {
    readonly ancestorTitles: readonly string[];
    readonly title: string;
    readonly status: string;
  }[];
}

export interface Section {
  readonly title: string;
  readonly requirements: readonly Requirement[];
}

interface Requirement {
  readonly number: number;
  readonly level: string;
}

/** The tests whose titles begin with a number: in which files they are, and whether one of them failed. */
export interface Proof {
  readonly files: ReadonlySet<string>;
  readonly failed: boolean;
}

/** Reads the sections (`## A. …`) and their requirements (`1. **MUST** …`). */
export function parseRequirements(text: string): Section[] {
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({
      title: part.slice(0, part.indexOf("\n")),
      requirements: [...part.matchAll(/^(\d+)\. \*\*(MUST|SHOULD)\*\*/gm)].map(([, number, level]) => ({
        number: Number(number),
        level: level ?? "",
      })),
    }))
    .filter(({ requirements }) => requirements.length > 0);
}

/** A test that this machine could not run is a proof elsewhere: what the page says does not depend on the machine. */
export function provedBy(files: readonly TestFile[]): Map<number, Proof> {
  const proofs = new Map<number, Proof>();
  for (const { name, assertionResults } of files) {
    for (const { title, ancestorTitles, status } of assertionResults) {
      for (const number of [title, ...ancestorTitles].flatMap(numbersOf)) {
        const known = proofs.get(number);
        proofs.set(number, {
          files: new Set([...(known?.files ?? []), name]),
          failed: known?.failed === true || status === "failed",
        });
      }
    }
  }
  return proofs;
}

/** `"71 and 103: who was banned…"` proves two. */
export function numbersOf(title: string): number[] {
  const numbers = /^\d+(?:(?:, | and )\d+)*(?=:? )/.exec(title)?.[0] ?? "";
  return [...numbers.matchAll(/\d+/g)].map(Number);
}

export function renderConformance(sections: readonly Section[], proofs: ReadonlyMap<number, Proof>): string {
  return `# Conformance

Which of the [requirements](matrix-requirements.md) hold, by the tests whose titles begin with their numbers. Made from a
run of \`npm test\` by \`node scripts/conformance.ts\`; the run fails when this page says anything else.

${summary(sections, proofs)}

${sections.map((section) => table(section, proofs)).join("\n\n")}
`;
}

function summary(sections: readonly Section[], proofs: ReadonlyMap<number, Proof>): string {
  const all = sections.flatMap(({ requirements }) => requirements);
  const lines = ["MUST", "SHOULD"].map((wanted) => {
    const states = all
      .filter(({ level }) => level === wanted)
      .map(({ number }) => stateOf(proofs.get(number)));
    const count = (state: string) => states.filter((found) => found === state).length;
    return `| ${wanted} | ${count("holds")} | ${count("fails")} | ${count("no test")} |`;
  });
  return ["| | hold | fail | without a test |", "|---|---:|---:|---:|", ...lines].join("\n");
}

function table({ title, requirements }: Section, proofs: ReadonlyMap<number, Proof>): string {
  const rows = requirements.map(({ number, level }) => {
    const proof = proofs.get(number);
    const files = [...(proof?.files ?? [])].sort().map((file) => `\`${file}\``);
    return `| ${number} | ${level} | ${stateOf(proof)} | ${files.join(" ")} |`;
  });
  return [`## ${title}`, "", "| | level | | tests |", "|---:|---|---|---|", ...rows].join("\n");
}

function stateOf(proof: Proof | undefined): string {
  if (proof === undefined) return "no test";
  return proof.failed ? "fails" : "holds";
}
