/** What `tx.wake` is given when runs may be begun: whoever claims them need not wait to look. */
export const runsBell = "agents.runs";

/** The same when runs were ended from outside: whoever works on one need not wait to learn of it. */
export const cancelBell = "agents.cancelled";
