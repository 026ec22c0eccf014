/**
 * Models that train in lock-step, one on each lane of a 128-bit vector of float32. Shards are made of whole groups of
 * so many, and what must be equal in lock-step is drawn, or kept of a thinned grid, for so many at once.
 */
export const lanes = 4;
