// What npm test is called with. Runs under whatever Node the reader has, as what calls it.

const least = -(2 ** 31);
const most = 2 ** 31 - 1;
const option = "--seed";

/**
 * Takes `--seed N` or `--seed=N` out of the arguments. Gives the seed, undefined when there is none, and what is left for
 * Vitest; or the fault, a sentence.
 *
 * @param {readonly string[]} given
 * @returns {{ seed: number | undefined, rest: string[] } | { fault: string }}
 */
export function readTestArguments(given) {
  const rest = [];
  const values = [];
  for (let at = 0; at < given.length; at += 1) {
    if (given[at] === option) values.push(given[(at += 1)] ?? "");
    else if (given[at].startsWith(`${option}=`)) values.push(given[at].slice(option.length + 1));
    else rest.push(given[at]);
  }
  const [value] = values;
  if (value === undefined) return { seed: undefined, rest };
  if (values.length > 1) return { fault: `${option} was given ${values.length} times.` };
  const seed = /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seed >= least && seed <= most)) {
    return {
      fault: `${option} takes the whole number that a test has printed, from ${least} to ${most}, not "${value}": npm test -- ${option} 42 test/e2e/model.test.ts`,
    };
  }
  return { seed, rest };
}
