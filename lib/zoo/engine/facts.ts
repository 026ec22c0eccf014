/** Share of images whose predicted class is their label. */
export function accuracyOf(predicted: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < predicted.length; i++) if (predicted[i] === labels[i]) right++;
  return right / predicted.length;
}

/**
 * F1 of each class: 2 TP / (2 TP + FP + FN); 0 where a class is neither predicted nor present.
 * @param labels at least as many as predictions
 */
export function f1Of(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[] {
  const both = new Uint32Array(classes);
  const either = new Uint32Array(classes);
  for (let i = 0; i < predicted.length; i++) {
    either[predicted[i]]++;
    either[labels[i]]++;
    if (predicted[i] === labels[i]) both[labels[i]]++;
  }
  // Predicted + present counts true positives twice: 2 TP + FP + FN.
  return Array.from(both, (hits, c) => (either[c] === 0 ? 0 : (2 * hits) / either[c]));
}
