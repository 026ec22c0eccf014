// Training of four networks in lock-step: one SIMD lane a model, so the scalar algorithm is written once with v128 and
// every lane has its own weights, data order, dropout masks and hyper-parameters. One module serves every network: the
// host writes records of the layers and of the plan (lib/zoo/engine/plan.ts). Samples are taken in small groups (two, or
// four where no convolution is) all the way forward and backward, so that they stay in the cache; batch norm, which
// couples a batch, makes all groups of a batch go from one norm to the next instead.
// Built twice: with plain SIMD, whose results are equal to the bit on every machine, and with fused multiply-adds.
import { step } from "./_lanes-batch";
import { setBatch } from "./_lanes-batch-norm";
import { forward, setTraining } from "./_lanes-layers";
import { lossOf } from "./_lanes-loss";
import * as plan from "./_lanes-plan";
import { CHECK, PLAN, address, field, madd } from "./_lanes-records";
import { loadGroup } from "./_lanes-samples";
import { setDistances } from "./_lanes-weights";

export { initialise } from "./_lanes-records";
// Exported so that the optimiser does not inline them into one function too large for good register allocation.
export { products2x4, products4x2 } from "./_lanes-forward";
export { weights2x4, weights4x2 } from "./_lanes-weights";
export { gather } from "./_lanes-input";
export { activate, activateBack } from "./_lanes-activations";

/** Whether products and sums are fused: 1 when this module rounds a b + c once. For the host, which knows what it asked for. */
export function isFused(): bool {
  v128.store(CHECK, f32x4.splat(1 + <f32>2 ** -12));
  const x = v128.load(CHECK);
  const product = f32x4.mul(x, x);
  // The product's rounding error: nothing where it was rounded already.
  return f32x4.extract_lane(madd(x, x, f32x4.neg(product)), 0) != 0;
}

/**
 * Trains on entries `from` to `to` of the orders in batches; the last one may be smaller.
 * @param orders four lists of `length` image numbers (u32), one a model
 * @param codes distance in bytes from an image's number to the code of its change (see augment), or 0
 * @param losses room for one v128 a batch: each batch's loss before its update
 */
export function train(
  images: usize, labels: usize, orders: usize, length: usize, codes: usize, from: usize, to: usize, batch: usize,
  losses: usize,
): void {
  setTraining(true);
  setDistances(address(PLAN, plan.TO_FIRST), address(PLAN, plan.TO_GRADIENTS));
  for (let at = from; at < to; at += batch) {
    const size = <i32>min(batch, to - at);
    v128.store(losses, step(images, labels, orders + (at << 2), length << 2, codes, size));
    losses += 16;
  }
}

/** Stores the class of the largest output (the lowest of equals) of four models. */
function classOf(first: usize, step: usize, predictions: usize): void {
  const outputs = field(PLAN, plan.OUTPUTS);
  let best = v128.load(first);
  let index = i32x4.splat(0);
  for (let o = 1; o < outputs; o++) {
    first += step;
    const value = v128.load(first);
    const better = f32x4.gt(value, best);
    best = v128.bitselect(value, best, better);
    index = v128.bitselect(i32x4.splat(o), index, better);
  }
  store<u8>(predictions, <u8>i32x4.extract_lane(index, 0));
  store<u8>(predictions, <u8>i32x4.extract_lane(index, 1), 1);
  store<u8>(predictions, <u8>i32x4.extract_lane(index, 2), 2);
  store<u8>(predictions, <u8>i32x4.extract_lane(index, 3), 3);
}

/**
 * Runs entries 0 to `count` of the orders through all four models, forward only.
 * @param orders four lists of `length` image numbers (u32), one a model
 * @param predictions four u8 an entry: the class that each model gives it
 * @param losses one v128 an entry: sum of squared errors, or cross-entropy
 * @param outputs room for entries x outputs v128, or 0
 */
export function evaluate(
  images: usize, labels: usize, orders: usize, length: usize, count: i32, predictions: usize, losses: usize,
  outputs: usize,
): void {
  const samples = field(PLAN, plan.SAMPLES);
  const width = field(PLAN, plan.OUTPUTS);
  const toNext = <usize>samples << 4;
  setTraining(false);
  setBatch(samples, samples, 0);
  for (let done = 0; done < count; done += samples) {
    loadGroup(images, labels, orders + (<usize>done << 2), length << 2, 0, 0, count - done);
    forward(0, field(PLAN, plan.LAYER_COUNT));
    const valid = min(samples, count - done);
    for (let s = 0; s < valid; s++) {
      const place = <usize>s << 4;
      const first = address(PLAN, plan.OUTPUT) + place;
      v128.store(losses, lossOf(field(PLAN, plan.LOSS), first, toNext, width, v128.load(address(PLAN, plan.LABELS) + place)));
      classOf(first, toNext, predictions);
      losses += 16;
      predictions += 4;
      for (let o = 0; outputs && o < width; o++) {
        v128.store(outputs, v128.load(first + <usize>o * toNext));
        outputs += 16;
      }
    }
  }
}
