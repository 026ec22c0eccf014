// Training of four networks in lock-step: one SIMD lane a model, so the scalar algorithm is written once with v128 and
// every lane has its own weights, data order, dropout masks and hyper-parameters. One module serves every network: the
// host writes records of the layers and of the plan (lib/zoo/engine/plan.ts). Samples are taken in small groups (two, or
// four where no convolution is) all the way forward and backward, so that they stay in the cache; batch norm, which
// couples a batch, makes all groups of a batch go from one norm to the next instead.
// Built twice: with plain SIMD, whose results are equal to the bit on every machine, and with fused multiply-adds.
import { activate, activateBack } from "./_lanes-activations";
import { averagePool, averagePoolBack } from "./_lanes-average-pool";
import { normalise, normaliseBack, normaliseByRunning, setBatch } from "./_lanes-batch-norm";
import { convolve, convolveBackData, convolveBackWeights } from "./_lanes-dense";
import { drop, dropBack } from "./_lanes-dropout";
import { augment, gather } from "./_lanes-input";
import { SQUARED_ERROR, lossGradient, lossOf } from "./_lanes-loss";
import { FUSED_SGD, optimise } from "./_lanes-optimizer";
import { pool, poolBack } from "./_lanes-pool";
import { CHECK, PLAN, address, field, madd, setShift, shift } from "./_lanes-records";
import { FIRST, LAST, setDistances } from "./_lanes-weights";

export { initialise } from "./_lanes-records";
// Exported so that the optimiser does not inline them into one function too large for good register allocation.
export { products2x4, products4x2 } from "./_lanes-forward";
export { weights2x4, weights4x2 } from "./_lanes-weights";
export { gather } from "./_lanes-input";
export { activate, activateBack } from "./_lanes-activations";

// Fields of the plan.
@inline const SAMPLES = 0;
@inline const LAYERS = 1;
@inline const LAYER_COUNT = 2;
@inline const FIRST_TRAINABLE = 3;
@inline const INPUT = 4;
@inline const INPUT_ROWS = 5;
@inline const INPUT_COLS = 6;
@inline const INPUT_ROW = 7;
@inline const INPUT_CHANNELS = 8;
@inline const IMAGE_ROW = 9;
@inline const IMAGE_PLANE = 10;
@inline const OUTPUTS = 11;
@inline const OUTPUT = 12;
@inline const OUTPUT_GRADIENT = 13;
@inline const WEIGHTS = 14;
@inline const TO_FIRST = 15;
@inline const TO_GRADIENTS = 16;
@inline const TRANSPOSED = 17;
@inline const TRANSPOSED_MAP = 18;
@inline const TRANSPOSED_COUNT = 19;
@inline const TO_SECOND = 20;
@inline const TRAINABLE_BYTES = 21;
@inline const OPTIMIZER = 22;
@inline const LOSS = 23;
/** Labels of a group's samples: four i32 a sample. */
@inline const LABELS = 24;
/** Bytes from one group's buffers to the next's. */
@inline const ARENA = 25;
@inline const NORMALISED = 26;
/** Room for one augmented image of each model. */
@inline const SCRATCH = 27;

// Kinds of layers; fields of an activation's record.
@inline const CONVOLUTION = 0;
@inline const MAX_POOL = 1;
@inline const AVERAGE_POOL = 3;
@inline const BATCH_NORM = 4;
@inline const DROPOUT = 5;
@inline const ACTIVATION = 1;
@inline const VALUES = 2;
@inline const VALUE_ROW = 3;
@inline const GRADIENTS = 4;
@inline const ROW_BYTES = 5;
@inline const ROW_COUNT = 6;
@inline const SLOPES = 7;

/** Whether products and sums are fused: 1 when this module rounds a b + c once. For the host, which knows what it asked for. */
export function isFused(): bool {
  v128.store(CHECK, f32x4.splat(1 + <f32>2 ** -12));
  const x = v128.load(CHECK);
  const product = f32x4.mul(x, x);
  // The product's rounding error: nothing where it was rounded already.
  return f32x4.extract_lane(madd(x, x, f32x4.neg(product)), 0) != 0;
}

/** Whether dropout drops, and slopes are kept. */
let training: bool = false;

@inline function layerAt(index: i32): usize {
  return address(address(PLAN, LAYERS), <usize>index);
}

function activationPass(layer: usize, back: bool): void {
  const kind = field(layer, ACTIVATION);
  const bytes = address(layer, ROW_BYTES);
  const rows = field(layer, ROW_COUNT);
  let slopes = address(layer, SLOPES);
  if (slopes) slopes = training ? slopes + shift : 0;
  let values = address(layer, VALUES) + shift;
  let gradients = address(layer, GRADIENTS) + shift;
  for (let row = 0; row < rows; row++) {
    if (back) activateBack(kind, values, gradients, bytes, slopes);
    else activate(kind, values, bytes, slopes);
    values += address(layer, VALUE_ROW);
    gradients += bytes;
    if (slopes) slopes += bytes;
  }
}

/** Layers `from` to `to` (not included) of the group in hand. */
function forward(from: i32, to: i32): void {
  const samples = field(PLAN, SAMPLES);
  for (let index = from; index < to; index++) {
    const layer = layerAt(index);
    const kind = field(layer, 0);
    if (kind == CONVOLUTION) convolve(layer, samples);
    else if (kind == MAX_POOL) pool(layer);
    else if (kind == AVERAGE_POOL) averagePool(layer);
    else if (kind == BATCH_NORM) normaliseByRunning(layer);
    else if (kind == DROPOUT) {
      if (training) drop(layer);
    } else activationPass(layer, false);
  }
}

/** Layers `from` down to `to` (included) of the group in hand. */
function backward(from: i32, to: i32, phase: i32): void {
  const samples = field(PLAN, SAMPLES);
  const first = field(PLAN, FIRST_TRAINABLE);
  for (let index = from; index >= to; index--) {
    const layer = layerAt(index);
    const kind = field(layer, 0);
    if (kind == CONVOLUTION) {
      if (index > first) convolveBackData(layer, samples);
      convolveBackWeights(layer, samples, phase);
    } else if (kind == MAX_POOL) poolBack(layer);
    else if (kind == AVERAGE_POOL) averagePoolBack(layer);
    else if (kind == DROPOUT) dropBack(layer);
    else activationPass(layer, true);
  }
}

/** Gathers one sample into the group in hand: one image of each model, given by address, and its label. */
function loadImages(sample: usize, i0: usize, i1: usize, i2: usize, i3: usize): void {
  const channels = <usize>field(PLAN, INPUT_CHANNELS);
  const plane = address(PLAN, IMAGE_PLANE);
  const element = <usize>field(PLAN, SAMPLES) << 4;
  for (let c: usize = 0; c < channels; c++) {
    const skip = c * plane;
    gather(
      i0 + skip, i1 + skip, i2 + skip, i3 + skip, address(PLAN, IMAGE_ROW),
      field(PLAN, INPUT_ROWS), address(PLAN, INPUT_COLS),
      address(PLAN, INPUT) + shift + (sample << 4) + c * element, channels * element, address(PLAN, INPUT_ROW),
    );
  }
}

function loadLabels(sample: usize, labels: usize, l0: usize, l1: usize, l2: usize, l3: usize): void {
  const at = address(PLAN, LABELS) + shift + (sample << 4);
  store<i32>(at, load<u8>(labels + l0));
  store<i32>(at, load<u8>(labels + l1), 4);
  store<i32>(at, load<u8>(labels + l2), 8);
  store<i32>(at, load<u8>(labels + l3), 12);
}

@inline function imageBytes(): usize {
  return <usize>field(PLAN, INPUT_CHANNELS) * address(PLAN, IMAGE_PLANE);
}

/** One sample by the numbers of its images. */
function loadSample(sample: usize, images: usize, labels: usize, l0: usize, l1: usize, l2: usize, l3: usize): void {
  const image = imageBytes();
  loadImages(sample, images + l0 * image, images + l1 * image, images + l2 * image, images + l3 * image);
  loadLabels(sample, labels, l0, l1, l2, l3);
}

/** One sample whose images are changed first; see augment for the codes. */
function loadAugmented(
  sample: usize, images: usize, labels: usize, entry: usize, list: usize, codes: usize,
): void {
  const image = imageBytes();
  const channels = field(PLAN, INPUT_CHANNELS);
  const width = field(PLAN, IMAGE_ROW);
  const height = field(PLAN, IMAGE_PLANE) / width;
  const scratch = address(PLAN, SCRATCH);
  for (let lane: usize = 0; lane < 4; lane++) {
    const place = entry + lane * list;
    const code = load<u32>(place + codes);
    augment(images + <usize>load<u32>(place) * image, scratch + lane * image, channels, height, width, code);
  }
  loadImages(sample, scratch, scratch + image, scratch + 2 * image, scratch + 3 * image);
  loadLabels(sample, labels, load<u32>(entry), load<u32>(entry + list), load<u32>(entry + 2 * list), load<u32>(entry + 3 * list));
}

/** Writes the gradients of a group; returns the sum of its samples' losses. */
function groupLoss(valid: i32, scale: v128): v128 {
  const samples = field(PLAN, SAMPLES);
  const outputs = field(PLAN, OUTPUTS);
  const kind = field(PLAN, LOSS);
  const step = <usize>samples << 4;
  let sum = f32x4.splat(0);
  for (let s = 0; s < samples; s++) {
    const place = <usize>s << 4;
    const output = address(PLAN, OUTPUT) + shift + place;
    const label = v128.load(address(PLAN, LABELS) + shift + place);
    if (s < valid) sum = f32x4.add(sum, lossOf(kind, output, step, outputs, label));
    lossGradient(kind, output, address(PLAN, OUTPUT_GRADIENT) + shift + place, step, outputs, label, scale, s < valid);
  }
  return sum;
}

function transpose(): void {
  const count = address(PLAN, TRANSPOSED_COUNT);
  const weights = address(PLAN, WEIGHTS);
  let map = address(PLAN, TRANSPOSED_MAP);
  let to = address(PLAN, TRANSPOSED);
  const end = to + (count << 4);
  for (; to < end; to += 16) {
    v128.store(to, v128.load(weights + <usize>load<u32>(map)));
    map += 4;
  }
}

/** Gathers group `group` of a batch. A group that is not full repeats its last sample, whose gradient is zero. */
function loadGroup(images: usize, labels: usize, orders: usize, list: usize, codes: usize, done: i32, size: i32): void {
  const samples = field(PLAN, SAMPLES);
  const valid = min(samples, size - done);
  for (let s = 0; s < samples; s++) {
    const entry = orders + (<usize>(done + min(s, valid - 1)) << 2);
    if (codes) {
      loadAugmented(<usize>s, images, labels, entry, list, codes);
    } else {
      loadSample(
        <usize>s, images, labels, load<u32>(entry), load<u32>(entry + list),
        load<u32>(entry + 2 * list), load<u32>(entry + 3 * list),
      );
    }
  }
}

/** FIRST and LAST of a group; SGD's step is taken with the last only when it is fused. */
@inline function phaseOf(done: i32, size: i32): i32 {
  const last = field(PLAN, OPTIMIZER) == FUSED_SGD && done + field(PLAN, SAMPLES) >= size;
  return (done == 0 ? FIRST : 0) | (last ? LAST : 0);
}

/** A batch group by group. Returns the sum of its losses. */
function batchByGroups(
  images: usize, labels: usize, orders: usize, list: usize, codes: usize, size: i32, scale: v128,
): v128 {
  const samples = field(PLAN, SAMPLES);
  const count = field(PLAN, LAYER_COUNT);
  const first = field(PLAN, FIRST_TRAINABLE);
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
  const samples = field(PLAN, SAMPLES);
  const count = field(PLAN, LAYER_COUNT);
  const first = field(PLAN, FIRST_TRAINABLE);
  const arena = address(PLAN, ARENA);
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
      normaliseBack(layerAt(bottom), field(PLAN, OPTIMIZER) == FUSED_SGD ? FIRST | LAST : FIRST);
    }
    top = bottom - 1;
  }
  setShift(0);
  return sum;
}

/** One batch of `size` entries. Returns its mean loss. */
function step(images: usize, labels: usize, orders: usize, list: usize, codes: usize, size: i32): v128 {
  const squared = field(PLAN, LOSS) == SQUARED_ERROR;
  const elements = <f32>(squared ? size * field(PLAN, OUTPUTS) : size);
  const scale = f32x4.splat((squared ? <f32>2 : <f32>1) / elements);
  transpose();
  const sum = field(PLAN, NORMALISED)
    ? batchByLayers(images, labels, orders, list, codes, size, scale)
    : batchByGroups(images, labels, orders, list, codes, size, scale);
  const optimizer = field(PLAN, OPTIMIZER);
  if (optimizer != FUSED_SGD) {
    optimise(
      optimizer, address(PLAN, WEIGHTS), address(PLAN, TRAINABLE_BYTES),
      address(PLAN, TO_GRADIENTS), address(PLAN, TO_FIRST), address(PLAN, TO_SECOND),
    );
  }
  return f32x4.div(sum, f32x4.splat(elements));
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
  training = true;
  setDistances(address(PLAN, TO_FIRST), address(PLAN, TO_GRADIENTS));
  for (let at = from; at < to; at += batch) {
    const size = <i32>min(batch, to - at);
    v128.store(losses, step(images, labels, orders + (at << 2), length << 2, codes, size));
    losses += 16;
  }
}

/** Stores the class of the largest output (the lowest of equals) of four models. */
function classOf(first: usize, step: usize, predictions: usize): void {
  const outputs = field(PLAN, OUTPUTS);
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
  const samples = field(PLAN, SAMPLES);
  const width = field(PLAN, OUTPUTS);
  const step = <usize>samples << 4;
  training = false;
  setBatch(samples, samples, 0);
  for (let done = 0; done < count; done += samples) {
    loadGroup(images, labels, orders + (<usize>done << 2), length << 2, 0, 0, count - done);
    forward(0, field(PLAN, LAYER_COUNT));
    const valid = min(samples, count - done);
    for (let s = 0; s < valid; s++) {
      const place = <usize>s << 4;
      const first = address(PLAN, OUTPUT) + place;
      v128.store(losses, lossOf(field(PLAN, LOSS), first, step, width, v128.load(address(PLAN, LABELS) + place)));
      classOf(first, step, predictions);
      losses += 16;
      predictions += 4;
      for (let o = 0; outputs && o < width; o++) {
        v128.store(outputs, v128.load(first + <usize>o * step));
        outputs += 16;
      }
    }
  }
}
