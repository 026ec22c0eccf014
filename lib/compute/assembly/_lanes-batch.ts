// One batch: group by group all the way forward and backward or, with batch norm, all groups from one norm to the next;
// then the optimiser's step.
import { normalise, normaliseBack, setBatch } from "./_lanes-batch-norm";
import { BATCH_NORM, backward, forward, layerAt } from "./_lanes-layers";
import { SQUARED_ERROR, lossGradient, lossOf } from "./_lanes-loss";
import { FUSED_SGD, optimise } from "./_lanes-optimizer";
import * as plan from "./_lanes-plan";
import { PLAN, address, field, setShift, shift } from "./_lanes-records";
import { loadGroup } from "./_lanes-samples";
import { FIRST, LAST } from "./_lanes-weights";

/** Writes the gradients of a group; returns the sum of its samples' losses. */
function groupLoss(valid: i32, scale: v128): v128 {
  const samples = field(PLAN, plan.SAMPLES);
  const outputs = field(PLAN, plan.OUTPUTS);
  const kind = field(PLAN, plan.LOSS);
  const step = <usize>samples << 4;
  let sum = f32x4.splat(0);
  for (let s = 0; s < samples; s++) {
    const place = <usize>s << 4;
    const output = address(PLAN, plan.OUTPUT) + shift + place;
    const label = v128.load(address(PLAN, plan.LABELS) + shift + place);
    if (s < valid) sum = f32x4.add(sum, lossOf(kind, output, step, outputs, label));
    lossGradient(kind, output, address(PLAN, plan.OUTPUT_GRADIENT) + shift + place, step, outputs, label, scale, s < valid);
  }
  return sum;
}

function transpose(): void {
  const count = address(PLAN, plan.TRANSPOSED_COUNT);
  const weights = address(PLAN, plan.WEIGHTS);
  let map = address(PLAN, plan.TRANSPOSED_MAP);
  let to = address(PLAN, plan.TRANSPOSED);
  const end = to + (count << 4);
  for (; to < end; to += 16) {
    v128.store(to, v128.load(weights + <usize>load<u32>(map)));
    map += 4;
  }
}

/** FIRST and LAST of a group; SGD's step is taken with the last only when it is fused. */
@inline function phaseOf(done: i32, size: i32): i32 {
  const last = field(PLAN, plan.OPTIMIZER) == FUSED_SGD && done + field(PLAN, plan.SAMPLES) >= size;
  return (done == 0 ? FIRST : 0) | (last ? LAST : 0);
}

/** A batch group by group. Returns the sum of its losses. */
function batchByGroups(
  images: usize, labels: usize, orders: usize, list: usize, codes: usize, size: i32, scale: v128,
): v128 {
  const samples = field(PLAN, plan.SAMPLES);
  const count = field(PLAN, plan.LAYER_COUNT);
  const first = field(PLAN, plan.FIRST_TRAINABLE);
  let sum = f32x4.splat(0);
  for (let done = 0; done < size; done += samples) {
    loadGroup(images, labels, orders, list, codes, done, size);
    forward(0, count);
    sum = f32x4.add(sum, groupLoss(min(samples, size - done), scale));
    backward(count - 1, first, phaseOf(done, size));
  }
  return sum;
}

/** A batch of a network with batch norm: all groups from one norm to the next. Returns the sum of its losses. */
function batchByLayers(
  images: usize, labels: usize, orders: usize, list: usize, codes: usize, size: i32, scale: v128,
): v128 {
  const samples = field(PLAN, plan.SAMPLES);
  const count = field(PLAN, plan.LAYER_COUNT);
  const first = field(PLAN, plan.FIRST_TRAINABLE);
  const arena = address(PLAN, plan.ARENA);
  setBatch(samples, size, arena);
  let start = 0;
  while (start <= count) {
    let end = start;
    while (end < count && field(layerAt(end), 0) != BATCH_NORM) end++;
    for (let done = 0; done < size; done += samples) {
      setShift(<usize>(done / samples) * arena);
      if (start == 0) loadGroup(images, labels, orders, list, codes, done, size);
      forward(start, end);
    }
    if (end < count) normalise(layerAt(end));
    start = end + 1;
  }
  let sum = f32x4.splat(0);
  for (let done = 0; done < size; done += samples) {
    setShift(<usize>(done / samples) * arena);
    sum = f32x4.add(sum, groupLoss(min(samples, size - done), scale));
  }
  let top = count - 1;
  while (top >= first) {
    let bottom = top;
    while (bottom >= first && field(layerAt(bottom), 0) != BATCH_NORM) bottom--;
    for (let done = 0; done < size; done += samples) {
      setShift(<usize>(done / samples) * arena);
      backward(top, bottom + 1, phaseOf(done, size));
    }
    if (bottom >= first) {
      normaliseBack(layerAt(bottom), field(PLAN, plan.OPTIMIZER) == FUSED_SGD ? FIRST | LAST : FIRST);
    }
    top = bottom - 1;
  }
  setShift(0);
  return sum;
}

/** One batch of `size` entries. Returns its mean loss. */
export function step(images: usize, labels: usize, orders: usize, list: usize, codes: usize, size: i32): v128 {
  const squared = field(PLAN, plan.LOSS) == SQUARED_ERROR;
  const elements = <f32>(squared ? size * field(PLAN, plan.OUTPUTS) : size);
  const scale = f32x4.splat((squared ? <f32>2 : <f32>1) / elements);
  transpose();
  const sum = field(PLAN, plan.NORMALISED)
    ? batchByLayers(images, labels, orders, list, codes, size, scale)
    : batchByGroups(images, labels, orders, list, codes, size, scale);
  const optimizer = field(PLAN, plan.OPTIMIZER);
  if (optimizer != FUSED_SGD) {
    optimise(
      optimizer, address(PLAN, plan.WEIGHTS), address(PLAN, plan.TRAINABLE_BYTES),
      address(PLAN, plan.TO_GRADIENTS), address(PLAN, plan.TO_FIRST), address(PLAN, plan.TO_SECOND),
    );
  }
  return f32x4.div(sum, f32x4.splat(elements));
}
