// The layers of a network one after another, forward and backward, for the group of samples in hand.
import { activate, activateBack } from "./_lanes-activations";
import { averagePool, averagePoolBack } from "./_lanes-average-pool";
import { normaliseByRunning } from "./_lanes-batch-norm";
import { convolve, convolveBackData, convolveBackWeights } from "./_lanes-dense";
import { drop, dropBack } from "./_lanes-dropout";
import * as plan from "./_lanes-plan";
import { pool, poolBack } from "./_lanes-pool";
import { PLAN, address, field, shift } from "./_lanes-records";

// Kinds of layers, as the planner writes them; fields of an activation's record.
@inline const CONVOLUTION = 0;
@inline const MAX_POOL = 1;
@inline const AVERAGE_POOL = 3;
@inline export const BATCH_NORM = 4;
@inline const DROPOUT = 5;
@inline const ACTIVATION = 1;
@inline const VALUES = 2;
@inline const VALUE_ROW = 3;
@inline const GRADIENTS = 4;
@inline const ROW_BYTES = 5;
@inline const ROW_COUNT = 6;
@inline const SLOPES = 7;

/** Whether dropout drops, and slopes are kept. */
let training: bool = false;

export function setTraining(value: bool): void {
  training = value;
}

@inline export function layerAt(index: i32): usize {
  return address(address(PLAN, plan.LAYERS), <usize>index);
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
export function forward(from: i32, to: i32): void {
  const samples = field(PLAN, plan.SAMPLES);
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
export function backward(from: i32, to: i32, phase: i32): void {
  const samples = field(PLAN, plan.SAMPLES);
  const first = field(PLAN, plan.FIRST_TRAINABLE);
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
