// Training of four networks in lock-step: one SIMD lane a model, so the scalar algorithm is written once with v128 and
// every lane has its own weights, data order, learning rate, momentum and weight decay. One module serves every
// network: the host writes records of the layers and of the plan (lib/zoo/engine/plan.ts). Samples are taken in small
// groups (two, or four where no convolution is) all the way forward and backward, so that they stay in the cache.
// Plain SIMD only, so that results are equal to the bit on every machine.
import { activate, activateBack } from "./_lanes-activations";
import { convolve, convolveBackData, convolveBackWeights } from "./_lanes-dense";
import { gather } from "./_lanes-input";
import { pool, poolBack } from "./_lanes-pool";
import { LABELS, PLAN, address, field } from "./_lanes-records";
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
@inline const TO_VELOCITIES = 15;
@inline const TO_GRADIENTS = 16;
@inline const TRANSPOSED = 17;
@inline const TRANSPOSED_MAP = 18;
@inline const TRANSPOSED_COUNT = 19;

// Kinds of layers; fields of an activation's record.
@inline const CONVOLUTION = 0;
@inline const POOL = 1;
@inline const ACTIVATION = 1;
@inline const VALUES = 2;
@inline const VALUE_ROW = 3;
@inline const GRADIENTS = 4;
@inline const ROW_BYTES = 5;
@inline const ROW_COUNT = 6;

@inline function layerAt(index: i32): usize {
  return address(address(PLAN, LAYERS), <usize>index);
}

function activationPass(layer: usize, back: bool): void {
  const kind = field(layer, ACTIVATION);
  const bytes = address(layer, ROW_BYTES);
  const rows = field(layer, ROW_COUNT);
  let values = address(layer, VALUES);
  let gradients = address(layer, GRADIENTS);
  for (let row = 0; row < rows; row++) {
    if (back) activateBack(kind, values, gradients, bytes);
    else activate(kind, values, bytes);
    values += address(layer, VALUE_ROW);
    gradients += bytes;
  }
}

function forward(samples: i32): void {
  const count = field(PLAN, LAYER_COUNT);
  for (let index = 0; index < count; index++) {
    const layer = layerAt(index);
    const kind = field(layer, 0);
    if (kind == CONVOLUTION) convolve(layer, samples);
    else if (kind == POOL) pool(layer);
    else activationPass(layer, false);
  }
}

function backward(samples: i32, phase: i32): void {
  const first = field(PLAN, FIRST_TRAINABLE);
  for (let index = field(PLAN, LAYER_COUNT) - 1; index >= first; index--) {
    const layer = layerAt(index);
    const kind = field(layer, 0);
    if (kind == CONVOLUTION) {
      if (index > first) convolveBackData(layer, samples);
      convolveBackWeights(layer, samples, phase);
    } else if (kind == POOL) {
      poolBack(layer);
    } else {
      activationPass(layer, true);
    }
  }
}

/** Gathers one sample: image `index` of each model, and its labels. */
function loadSample(sample: usize, images: usize, labels: usize, l0: usize, l1: usize, l2: usize, l3: usize): void {
  const channels = <usize>field(PLAN, INPUT_CHANNELS);
  const plane = address(PLAN, IMAGE_PLANE);
  const image = channels * plane;
  const element = <usize>field(PLAN, SAMPLES) << 4;
  const i0 = images + l0 * image;
  const i1 = images + l1 * image;
  const i2 = images + l2 * image;
  const i3 = images + l3 * image;
  for (let c: usize = 0; c < channels; c++) {
    const skip = c * plane;
    gather(
      i0 + skip, i1 + skip, i2 + skip, i3 + skip, address(PLAN, IMAGE_ROW),
      field(PLAN, INPUT_ROWS), address(PLAN, INPUT_COLS),
      address(PLAN, INPUT) + (sample << 4) + c * element, channels * element, address(PLAN, INPUT_ROW),
    );
  }
  const at = LABELS + (sample << 4);
  store<i32>(at, load<u8>(labels + l0));
  store<i32>(at, load<u8>(labels + l1), 4);
  store<i32>(at, load<u8>(labels + l2), 8);
  store<i32>(at, load<u8>(labels + l3), 12);
}

/** Output minus one-hot target. */
@inline function errorOf(output: usize, number: i32, label: v128): v128 {
  const target = v128.and(i32x4.eq(label, i32x4.splat(number)), f32x4.splat(1));
  return f32x4.sub(v128.load(output), target);
}

/** Writes the gradient of the mean squared error; returns the sum of squares of the first `valid` samples. */
function lossGradient(samples: i32, valid: i32, scale: v128): v128 {
  const outputs = field(PLAN, OUTPUTS);
  let y = address(PLAN, OUTPUT);
  const toGradient = address(PLAN, OUTPUT_GRADIENT) - y;
  let sum = f32x4.splat(0);
  for (let o = 0; o < outputs; o++) {
    for (let s = 0; s < samples; s++) {
      let gradient = f32x4.splat(0);
      if (s < valid) {
        const error = errorOf(y, o, v128.load(LABELS + (<usize>s << 4)));
        sum = f32x4.add(sum, f32x4.mul(error, error));
        gradient = f32x4.mul(error, scale);
      }
      v128.store(y + toGradient, gradient);
      y += 16;
    }
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

/** One batch: entries `from` to `from + size` of each model's order. Returns its loss. */
function step(images: usize, labels: usize, orders: usize, length: usize, from: usize, size: i32): v128 {
  const samples = field(PLAN, SAMPLES);
  const elements = <f32>(size * field(PLAN, OUTPUTS));
  const scale = f32x4.splat(2 / elements);
  let sum = f32x4.splat(0);
  transpose();
  for (let done = 0; done < size; done += samples) {
    const valid = min(samples, size - done);
    for (let s = 0; s < samples; s++) {
      // A group that is not full repeats its last sample, whose gradient is set to zero.
      const entry = orders + ((from + <usize>(done + min(s, valid - 1))) << 2);
      loadSample(
        <usize>s, images, labels, load<u32>(entry), load<u32>(entry + (length << 2)),
        load<u32>(entry + (length << 3)), load<u32>(entry + length * 12),
      );
    }
    forward(samples);
    sum = f32x4.add(sum, lossGradient(samples, valid, scale));
    const phase = (done == 0 ? FIRST : 0) | (done + samples >= size ? LAST : 0);
    backward(samples, phase);
  }
  return f32x4.div(sum, f32x4.splat(elements));
}

/**
 * Trains on entries `from` to `to` of the orders in batches; the last one may be smaller.
 * @param orders four lists of `length` image numbers (u32), one a model
 * @param losses room for one v128 a batch: each batch's loss before its update
 */
export function train(
  images: usize, labels: usize, orders: usize, length: usize, from: usize, to: usize, batch: usize, losses: usize,
): void {
  setDistances(address(PLAN, TO_VELOCITIES), address(PLAN, TO_GRADIENTS));
  for (let at = from; at < to; at += batch) {
    v128.store(losses, step(images, labels, orders, length, at, <i32>min(batch, to - at)));
    losses += 16;
  }
}

/** Stores the class of the largest output (the lowest of equals) of four models. */
function classOf(sample: i32, samples: i32, predictions: usize): void {
  const outputs = field(PLAN, OUTPUTS);
  const first = address(PLAN, OUTPUT) + (<usize>sample << 4);
  let best = v128.load(first);
  let index = i32x4.splat(0);
  for (let o = 1; o < outputs; o++) {
    const value = v128.load(first + ((<usize>(o * samples)) << 4));
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
 * Runs the first `count` images through all four models, forward only.
 * @param predictions four u8 an image: the class that each model gives it
 * @param squares four f64: each model's sum of squared errors
 * @param outputs room for images x outputs v128, or 0
 */
export function evaluate(
  images: usize, labels: usize, count: i32, predictions: usize, squares: usize, outputs: usize,
): void {
  const samples = field(PLAN, SAMPLES);
  const width = field(PLAN, OUTPUTS);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let done = 0; done < count; done += samples) {
    const valid = min(samples, count - done);
    for (let s = 0; s < samples; s++) {
      const image = <usize>(done + min(s, valid - 1));
      loadSample(<usize>s, images, labels, image, image, image, image);
    }
    forward(samples);
    for (let s = 0; s < valid; s++) {
      const label = v128.load(LABELS + (<usize>s << 4));
      let sum = f32x4.splat(0);
      for (let o = 0; o < width; o++) {
        const output = address(PLAN, OUTPUT) + (<usize>(o * samples + s) << 4);
        const error = errorOf(output, o, label);
        sum = f32x4.add(sum, f32x4.mul(error, error));
        if (outputs) {
          v128.store(outputs, v128.load(output));
          outputs += 16;
        }
      }
      low = f64x2.add(low, f64x2.promote_low_f32x4(sum));
      high = f64x2.add(high, f64x2.promote_low_f32x4(i32x4.shuffle(sum, sum, 2, 3, 0, 1)));
      classOf(s, samples, predictions);
      predictions += 4;
    }
  }
  v128.store(squares, low);
  v128.store(squares, high, 16);
}
