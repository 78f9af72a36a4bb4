/** Before each file of tests: with a seed, fast-check takes the same examples again. */
const seed = process.env["SEED"];
if (seed !== undefined) (await import("fast-check")).configureGlobal({ seed: Number(seed) });
