/** A run of batches of an epoch in which the same models take batches of the same sizes. */
export interface Segment {
  /** Places of the models. */
  readonly models: readonly number[];
  /** Entries of their orders. */
  readonly from: number;
  readonly to: number;
  readonly batchSize: number;
}

/**
 * Cuts an epoch into runs of equal batches. Models that see fewer images than others take part in the first ones only;
 * their last, smaller batch is a run of its own, so that no batch ever holds what is not there.
 * @param lengths images of each model in this epoch; 0 for those that have stopped
 */
export function segmentsOf(lengths: readonly number[], batchSize: number): Segment[] {
  const segments: Segment[] = [];
  let reached = 0;
  for (const length of [...new Set(lengths)].sort((a, b) => a - b)) {
    const whole = length - (length % batchSize);
    const which = (wanted: (own: number) => boolean) =>
      lengths.flatMap((own, model) => (wanted(own) ? [model] : []));
    if (whole > reached) {
      segments.push({ models: which((own) => own >= length), from: reached, to: whole, batchSize });
      reached = whole;
    }
    if (length > whole) {
      const models = which((own) => own === length);
      segments.push({ models, from: whole, to: length, batchSize: length - whole });
    }
  }
  return segments;
}
