/** Tokens of the floor and of the naive bridge. Ours makes its own, as a user would. Nothing listens beyond loopback. */
export const hsToken = "bench_hs_token_0123456789abcdef0123456789abcdef0123456789abcdef";
export const asToken = "bench_as_token_fedcba9876543210fedcba9876543210fedcba9876543210";

/** The microDAO that every channel of the benchmark belongs to. */
export const microdaoId = "00000000-0000-7000-8000-000000000001";

/** The room with a long history. */
export const bigRoom = "!history:bench.test";

/** What a program prints on its first line once it can be talked to. */
export interface ReadyLine {
  url: string;
}
