// Batch norm (Ioffe and Szegedy 2015) in place, per channel, with torch's running statistics. While training it couples
// all samples of a batch, so each of its passes walks through all groups of samples.
import * as at from "./_lanes-records";
import { address, field, madd } from "./_lanes-records";
import { finishOne } from "./_lanes-weights";

// Fields of a batch-norm record. The last five are arrays of one v128 a channel; GAMMA ... VARIANCE are packed weights.
@inline const VALUES = 1;
@inline const VALUE_ROW = 2;
@inline const GRADIENTS = 3;
@inline const HEIGHT = 4;
@inline const WIDTH = 5;
@inline const CHANNELS = 6;
/** Normalised values, kept for the way back: as gradients lie. */
@inline const NORMALISED = 7;
@inline const GAMMA = 8;
@inline const BETA = 9;
@inline const MEAN = 10;
@inline const VARIANCE = 11;
@inline const SUMS = 12;
@inline const PARTS = 13;
@inline const ROOTS = 14;
@inline const CENTRES = 15;

/** What a pass over a batch needs to know of it. */
let samples: i32 = 0;
let size: i32 = 0;
let arena: usize = 0;

/** Sets the samples a group, samples a batch, and bytes between groups, for the passes that follow. */
export function setBatch(ofGroup: i32, ofBatch: i32, groupBytes: usize): void {
  samples = ofGroup;
  size = ofBatch;
  arena = groupBytes;
}

@inline function validIn(group: i32): i32 {
  return min(samples, size - group * samples);
}

@inline function groupCount(): i32 {
  return (size + samples - 1) / samples;
}

@inline function clear(layer: usize, place: usize): void {
  memory.fill(address(layer, place), 0, <usize>field(layer, CHANNELS) << 4);
}

/** Adds PARTS to SUMS: sums of groups first and of all groups then lose less than one long sum. */
function addParts(layer: usize): void {
  let sum = address(layer, SUMS);
  let part = address(layer, PARTS);
  for (let c = 0; c < field(layer, CHANNELS); c++) {
    v128.store(sum, f32x4.add(v128.load(sum), v128.load(part)));
    sum += 16;
    part += 16;
  }
}

/** Sums of x (centred false) or of (x - CENTRES)^2 over the batch, into SUMS. */
function sumUp(layer: usize, centred: bool): void {
  const channels = field(layer, CHANNELS);
  const parts = address(layer, PARTS);
  const toCentre = address(layer, CENTRES) - parts;
  clear(layer, SUMS);
  for (let group = 0; group < groupCount(); group++) {
    const valid = <usize>validIn(group) << 4;
    clear(layer, PARTS);
    for (let row = 0; row < field(layer, HEIGHT); row++) {
      let x = address(layer, VALUES) + <usize>group * arena + <usize>row * address(layer, VALUE_ROW);
      for (let pixel = 0; pixel < field(layer, WIDTH); pixel++) {
        let part = parts;
        for (let c = 0; c < channels; c++) {
          let sum = v128.load(part);
          for (let s: usize = 0; s < valid; s += 16) {
            const value = v128.load(x + s);
            if (centred) {
              const distance = f32x4.sub(value, v128.load(part + toCentre));
              sum = madd(distance, distance, sum);
            } else {
              sum = f32x4.add(sum, value);
            }
          }
          v128.store(part, sum);
          part += 16;
          x += <usize>samples << 4;
        }
      }
    }
    addParts(layer);
  }
}

/** Turns SUMS into means, stores them, and follows them with the running statistics `running`. */
function settle(layer: usize, count: f32, means: usize, running: usize, unbiased: f32): void {
  const old = v128.load(at.NORM_OLD);
  const fresh = v128.load(at.NORM_NEW);
  let sum = address(layer, SUMS);
  for (let c = 0; c < field(layer, CHANNELS); c++) {
    const mean = f32x4.div(v128.load(sum), f32x4.splat(count));
    v128.store(means, mean);
    const now = f32x4.mul(mean, f32x4.splat(unbiased));
    v128.store(running, madd(fresh, now, f32x4.mul(old, v128.load(running))));
    sum += 16;
    means += 16;
    running += 16;
  }
}

/** 1 / sqrt(variance + epsilon), in place. */
function invertRoots(from: usize, to: usize, channels: i32): void {
  const one = v128.load(at.ONE);
  for (let c = 0; c < channels; c++) {
    const variance = f32x4.add(v128.load(from), v128.load(at.NORM_EPSILON));
    v128.store(to, f32x4.div(one, f32x4.sqrt(variance)));
    from += 16;
    to += 16;
  }
}

/** While training: normalises a whole batch with its own mean and (biased) variance. */
export function normalise(layer: usize): void {
  const channels = field(layer, CHANNELS);
  const count = size * field(layer, HEIGHT) * field(layer, WIDTH);
  sumUp(layer, false);
  settle(layer, <f32>count, address(layer, CENTRES), address(layer, MEAN), 1);
  sumUp(layer, true);
  // The running variance is the unbiased one; a single value has none, and keeps the biased.
  const unbiased = count > 1 ? <f32>count / <f32>(count - 1) : 1;
  settle(layer, <f32>count, address(layer, ROOTS), address(layer, VARIANCE), unbiased);
  invertRoots(address(layer, ROOTS), address(layer, ROOTS), channels);
  for (let group = 0; group < groupCount(); group++) {
    scale(layer, <usize>group * arena, address(layer, CENTRES), true);
  }
}

/** While evaluating: normalises the group in hand with the running statistics. */
export function normaliseByRunning(layer: usize): void {
  invertRoots(address(layer, VARIANCE), address(layer, ROOTS), field(layer, CHANNELS));
  scale(layer, 0, address(layer, MEAN), false);
}

/** x becomes gamma (x - centre) root + beta. */
function scale(layer: usize, distance: usize, centres: usize, keep: bool): void {
  const channels = field(layer, CHANNELS);
  const group = <usize>samples << 4;
  let kept = address(layer, NORMALISED) + distance;
  for (let row = 0; row < field(layer, HEIGHT); row++) {
    let x = address(layer, VALUES) + distance + <usize>row * address(layer, VALUE_ROW);
    for (let pixel = 0; pixel < field(layer, WIDTH); pixel++) {
      let place: usize = 0;
      for (let c = 0; c < channels; c++) {
        const centre = v128.load(centres + place);
        const root = v128.load(address(layer, ROOTS) + place);
        const gamma = v128.load(address(layer, GAMMA) + place);
        const beta = v128.load(address(layer, BETA) + place);
        for (let s: usize = 0; s < group; s += 16) {
          const unit = f32x4.mul(f32x4.sub(v128.load(x + s), centre), root);
          if (keep) v128.store(kept + s, unit);
          v128.store(x + s, madd(gamma, unit, beta));
        }
        place += 16;
        x += group;
        kept += group;
      }
    }
  }
}

/**
 * Gradients of a whole batch: of beta (sum of dy), of gamma (sum of dy times normalised), and in place of dy
 * dx = gamma root (dy - mean of dy - normalised times mean of dy normalised).
 */
export function normaliseBack(layer: usize, phase: i32): void {
  const channels = field(layer, CHANNELS);
  const count = f32x4.splat(<f32>(size * field(layer, HEIGHT) * field(layer, WIDTH)));
  const sums = address(layer, SUMS);
  const products = address(layer, CENTRES);
  sumGradients(layer, false);
  memory.copy(products, sums, <usize>channels << 4);
  sumGradients(layer, true);
  // Now `products` holds the sums of dy, `sums` those of dy times normalised; gamma must be used before its step.
  let place: usize = 0;
  for (let c = 0; c < channels; c++) {
    const root = address(layer, ROOTS) + place;
    v128.store(root, f32x4.mul(v128.load(root), v128.load(address(layer, GAMMA) + place)));
    finishOne(address(layer, BETA) + place, v128.load(products + place), phase);
    finishOne(address(layer, GAMMA) + place, v128.load(sums + place), phase);
    v128.store(products + place, f32x4.div(v128.load(products + place), count));
    v128.store(sums + place, f32x4.div(v128.load(sums + place), count));
    place += 16;
  }
  for (let group = 0; group < groupCount(); group++) spread(layer, group);
}

/** Sums over the batch of dy, or of dy times the normalised value, into SUMS. */
function sumGradients(layer: usize, weighted: bool): void {
  const pixels = field(layer, HEIGHT) * field(layer, WIDTH);
  const channels = field(layer, CHANNELS);
  const toUnit = address(layer, NORMALISED) - address(layer, GRADIENTS);
  clear(layer, SUMS);
  for (let group = 0; group < groupCount(); group++) {
    const valid = <usize>validIn(group) << 4;
    clear(layer, PARTS);
    let dy = address(layer, GRADIENTS) + <usize>group * arena;
    for (let pixel = 0; pixel < pixels; pixel++) {
      let part = address(layer, PARTS);
      for (let c = 0; c < channels; c++) {
        let sum = v128.load(part);
        for (let s: usize = 0; s < valid; s += 16) {
          const slope = v128.load(dy + s);
          sum = weighted ? madd(slope, v128.load(dy + toUnit + s), sum) : f32x4.add(sum, slope);
        }
        v128.store(part, sum);
        part += 16;
        dy += <usize>samples << 4;
      }
    }
    addParts(layer);
  }
}

/** Writes the gradients to the inputs of one group; those of samples that only fill the group are zero. */
function spread(layer: usize, group: i32): void {
  const pixels = field(layer, HEIGHT) * field(layer, WIDTH);
  const channels = field(layer, CHANNELS);
  const toUnit = address(layer, NORMALISED) - address(layer, GRADIENTS);
  const valid = <usize>validIn(group) << 4;
  const whole = <usize>samples << 4;
  let dy = address(layer, GRADIENTS) + <usize>group * arena;
  for (let pixel = 0; pixel < pixels; pixel++) {
    let place: usize = 0;
    for (let c = 0; c < channels; c++) {
      const root = v128.load(address(layer, ROOTS) + place);
      const mean = v128.load(address(layer, CENTRES) + place);
      const product = v128.load(address(layer, SUMS) + place);
      for (let s: usize = 0; s < whole; s += 16) {
        const rest = f32x4.sub(f32x4.sub(v128.load(dy + s), mean), f32x4.mul(v128.load(dy + toUnit + s), product));
        v128.store(dy + s, s < valid ? f32x4.mul(rest, root) : f32x4.splat(0));
      }
      place += 16;
      dy += whole;
    }
  }
}
