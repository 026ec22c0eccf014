// Fills a group of samples: each model its own image, changed first where images are augmented, and its label.
import { augment, gather } from "./_lanes-input";
import * as plan from "./_lanes-plan";
import { PLAN, address, field, shift } from "./_lanes-records";

/** Gathers one sample into the group in hand: one image of each model, given by address, and its label. */
function loadImages(sample: usize, i0: usize, i1: usize, i2: usize, i3: usize): void {
  const channels = <usize>field(PLAN, plan.INPUT_CHANNELS);
  const plane = address(PLAN, plan.IMAGE_PLANE);
  const element = <usize>field(PLAN, plan.SAMPLES) << 4;
  for (let c: usize = 0; c < channels; c++) {
    const skip = c * plane;
    gather(
      i0 + skip, i1 + skip, i2 + skip, i3 + skip, address(PLAN, plan.IMAGE_ROW),
      field(PLAN, plan.INPUT_ROWS), address(PLAN, plan.INPUT_COLS),
      address(PLAN, plan.INPUT) + shift + (sample << 4) + c * element, channels * element, address(PLAN, plan.INPUT_ROW),
    );
  }
}

function loadLabels(sample: usize, labels: usize, l0: usize, l1: usize, l2: usize, l3: usize): void {
  const at = address(PLAN, plan.LABELS) + shift + (sample << 4);
  store<i32>(at, load<u8>(labels + l0));
  store<i32>(at, load<u8>(labels + l1), 4);
  store<i32>(at, load<u8>(labels + l2), 8);
  store<i32>(at, load<u8>(labels + l3), 12);
}

@inline function imageBytes(): usize {
  return <usize>field(PLAN, plan.INPUT_CHANNELS) * address(PLAN, plan.IMAGE_PLANE);
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
  const channels = field(PLAN, plan.INPUT_CHANNELS);
  const width = field(PLAN, plan.IMAGE_ROW);
  const height = field(PLAN, plan.IMAGE_PLANE) / width;
  const scratch = address(PLAN, plan.SCRATCH);
  for (let lane: usize = 0; lane < 4; lane++) {
    const place = entry + lane * list;
    const code = load<u32>(place + codes);
    augment(images + <usize>load<u32>(place) * image, scratch + lane * image, channels, height, width, code, field(PLAN, plan.EMPTY));
  }
  loadImages(sample, scratch, scratch + image, scratch + 2 * image, scratch + 3 * image);
  loadLabels(sample, labels, load<u32>(entry), load<u32>(entry + list), load<u32>(entry + 2 * list), load<u32>(entry + 3 * list));
}

/** Gathers the samples of a batch from entry `done` on. A group that is not full repeats its last sample, whose gradient is zero. */
export function loadGroup(images: usize, labels: usize, orders: usize, list: usize, codes: usize, done: i32, size: i32): void {
  const samples = field(PLAN, plan.SAMPLES);
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
