/** Names that the bare route's app and the benchmark share. This file imports nothing. */
export const BARE_ROUTE = { stackName: 'PigeonPerchBackfill-bench-bare-route', path: 'send' } as const;
