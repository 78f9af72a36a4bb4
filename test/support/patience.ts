/** For `vi.waitFor` and `vi.waitUntil`: how long a fact may take on a slow, busy machine. Whatever takes longer hangs. */
export const patience = { timeout: 100_000, interval: 20 };
