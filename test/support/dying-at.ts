type Call<A extends unknown[], R> = (...args: A) => Promise<R>;

/**
 * Wraps the calls of somebody who dies at the given step and stays dead. Steps are the moments before and after each call:
 * what was done before the step is done, and nothing after it is.
 */
export function dyingAt(step: number) {
  let taken = 0;
  const breathe = () => {
    taken += 1;
    if (taken >= step) throw new Error(`killed at step ${taken}`);
  };
  return <A extends unknown[], R>(call: Call<A, R>): Call<A, R> =>
    async (...args) => {
      breathe();
      const result = await call(...args);
      breathe();
      return result;
    };
}
