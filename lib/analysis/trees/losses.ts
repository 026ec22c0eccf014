/**
 * A loss that trees are boosted on. Outputs of several trees a row are [outputs, rows]; a target is a number, or the
 * index of a class, -1 for one that was not in the training rows.
 */
export interface Loss {
  /** Trees an iteration. */
  readonly outputs: number;
  /** Whether the second derivative is 1 everywhere. */
  readonly unitHessian: boolean;
  /** The best constant outputs. */
  baseline(targets: Float64Array): Float64Array;
  /** First and second derivatives by every output, rounded to float32 as scikit-learn keeps them. */
  derivatives(
    targets: Float64Array,
    outputs: Float64Array,
    gradients: Float32Array,
    hessians: Float32Array,
  ): void;
  /** Mean over the rows whose target is known. */
  mean(targets: Float64Array, outputs: Float64Array): number;
}

/** Half the squared error. */
export const squaredError: Loss = {
  outputs: 1,
  unitHessian: true,
  baseline: (targets) => Float64Array.of(targets.reduce((sum, value) => sum + value, 0) / targets.length),
  derivatives(targets, outputs, gradients) {
    for (let i = 0; i < targets.length; i++) gradients[i] = outputs[i] - targets[i];
  },
  mean(targets, outputs) {
    let sum = 0;
    for (let i = 0; i < targets.length; i++) sum += (outputs[i] - targets[i]) ** 2;
    return sum / (2 * targets.length);
  },
};

/** Cross-entropy: of two classes with one logit, of the second class; of more with one logit each. */
export function crossEntropy(classes: number): Loss {
  return classes === 2 ? binomial : multinomial(classes);
}

const binomial: Loss = {
  outputs: 1,
  unitHessian: false,
  baseline(targets) {
    const share = targets.reduce((sum, value) => sum + value, 0) / targets.length;
    return Float64Array.of(Math.log(share / (1 - share)));
  },
  derivatives(targets, outputs, gradients, hessians) {
    for (let i = 0; i < targets.length; i++) {
      const share = 1 / (1 + Math.exp(-outputs[i]));
      gradients[i] = share - targets[i];
      hessians[i] = share * (1 - share);
    }
  },
  mean(targets, outputs) {
    return meanOfKnown(targets, (i) => {
      const logit = targets[i] === 1 ? outputs[i] : -outputs[i];
      return Math.log1p(Math.exp(-Math.abs(logit))) + Math.max(0, -logit);
    });
  },
};

function multinomial(classes: number): Loss {
  /** The greatest of a row's logits, and the sum of the exponentials of their distances from it. */
  const sumOf = (outputs: Float64Array, rows: number, row: number): { most: number; sum: number } => {
    let most = Number.NEGATIVE_INFINITY;
    for (let p = row; p < outputs.length; p += rows) most = Math.max(most, outputs[p]);
    let sum = 0;
    for (let p = row; p < outputs.length; p += rows) sum += Math.exp(outputs[p] - most);
    return { most, sum };
  };
  return {
    outputs: classes,
    unitHessian: false,
    baseline(targets) {
      const counts = new Float64Array(classes);
      for (const target of targets) counts[target]++;
      const logs = counts.map((count) => Math.log(count / targets.length));
      const mean = logs.reduce((sum, value) => sum + value, 0) / classes;
      return logs.map((value) => value - mean);
    },
    derivatives(targets, outputs, gradients, hessians) {
      const rows = targets.length;
      for (let i = 0; i < rows; i++) {
        const { most, sum } = sumOf(outputs, rows, i);
        for (let c = 0, p = i; c < classes; c++, p += rows) {
          const share = Math.exp(outputs[p] - most) / sum;
          gradients[p] = share - (targets[i] === c ? 1 : 0);
          hessians[p] = share * (1 - share);
        }
      }
    },
    mean(targets, outputs) {
      const rows = targets.length;
      return meanOfKnown(targets, (i) => {
        const { most, sum } = sumOf(outputs, rows, i);
        return most + Math.log(sum) - outputs[targets[i] * rows + i];
      });
    },
  };
}

/** 0 where no target is known. */
function meanOfKnown(targets: Float64Array, lossOf: (row: number) => number): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] < 0) continue;
    sum += lossOf(i);
    count++;
  }
  return sum / Math.max(1, count);
}
