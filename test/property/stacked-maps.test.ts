import { expect, test } from "vitest";
import type { Tensor, TensorFlow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { networkShapes } from "#lib/networks/shapes.js";
import { onBackend } from "#lib/zoo/stacked/backend.js";
import { Patcher } from "#lib/zoo/stacked/patches.js";
import { maxPool, maxPoolBack } from "#lib/zoo/stacked/pooling.js";
import { tidied } from "#lib/zoo/stacked/tidied.js";
import { slidingWindows } from "#lib/zoo/stacked/windows.js";
import { starters } from "../helpers/stacked.js";

/** Random windows on random maps, with values that are often equal. */
function draw(rng: RandomStream) {
  const input = { channels: 1 + rng.integer(9), height: 2 + rng.integer(7), width: 2 + rng.integer(7) };
  const size = 1 + rng.integer(Math.min(input.height, input.width));
  const stride = 1 + rng.integer(3);
  const padding = rng.integer(3);
  const shape = (layer: Parameters<typeof networkShapes>[0]["layers"][number]) =>
    networkShapes({ name: "random", input, layers: [layer] })[1];
  const filters = input.channels;
  const convolution = slidingWindows(
    input,
    shape({ type: "conv2d", filters, kernel: size, stride, padding }),
    { size, stride, padding },
  );
  const pool = slidingWindows(input, shape({ type: "max-pool", size, stride }), { size, stride });
  const rows = 1 + rng.integer(3);
  const values = (count: number) => Float32Array.from({ length: count }, () => rng.integer(5) - 2);
  const map = [rows, input.height * input.width, input.channels] as const;
  const pooled = [rows, pool.output.height * pool.output.width, input.channels] as const;
  const entries = convolution.output.height * convolution.output.width * convolution.taps;
  return { convolution, pool, rows, entries, map, pooled, values };
}

/** Everything that is made of maps, by plain loops or on a backend. */
type Results = Readonly<Record<"patches" | "collected" | "maxima" | "back", ArrayLike<number>>>;

test("windows, their sums and their maxima are those of plain loops, on every backend", async () => {
  for (let round = 0; round < 60; round++) {
    const rng = RandomStream.fromSeed(round);
    const drawn = draw(rng);
    const volume = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
    const x = drawn.values(volume(drawn.map));
    const d = drawn.values(drawn.rows * drawn.entries * drawn.map[2]);
    const dy = drawn.values(volume(drawn.pooled));
    const expected = plain(drawn, x, d, dy);
    for (const backend of starters) {
      const found = await onBackend(backend, async (tf) => onTensors(tf, drawn, x, d, dy));
      for (const name of ["patches", "collected", "maxima", "back"] as const) {
        expect([backend, round, name, Array.from(found[name], (v) => v + 0)]).toEqual([
          backend,
          round,
          name,
          Array.from(expected[name], (v) => v + 0),
        ]);
      }
    }
  }
});

type Drawn = ReturnType<typeof draw>;

async function onTensors(
  tf: TensorFlow,
  { convolution, pool, rows, entries, map, pooled }: Drawn,
  x: Float32Array,
  d: Float32Array,
  dy: Float32Array,
): Promise<Results> {
  const before = tf.memory().numTensors;
  const [windows, pools] = [new Patcher(tf, convolution), new Patcher(tf, pool)];
  const made = tidied(tf, () => {
    const maps = tf.tensor3d(x, [...map]);
    const { y, winners } = maxPool(tf, pools, maps, true);
    return {
      patches: windows.patches(maps),
      collected: windows.collect(tf.tensor3d(d, [rows, entries, map[2]])),
      maxima: y,
      back: maxPoolBack(tf, pools, tf.tensor3d(dy, [...pooled]), winners as Tensor),
    };
  });
  const read = async (tensor: Tensor) => (await tensor.data()).slice();
  const found: Results = {
    patches: await read(made.patches),
    collected: await read(made.collected),
    maxima: await read(made.maxima),
    back: await read(made.back),
  };
  for (const tensor of Object.values(made)) tensor.dispose();
  windows.dispose();
  pools.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return found;
}

function plain(
  { convolution, pool, rows, entries, map }: Drawn,
  x: Float32Array,
  d: Float32Array,
  dy: Float32Array,
): Results {
  const [, area, channels] = map;
  const patches = new Float32Array(rows * entries * channels);
  const collected = new Float32Array(x.length);
  const maxima: number[] = [];
  const back = new Float32Array(x.length);
  const pixelAt = ({ stride, padding, size, input, output }: typeof pool, position: number, tap: number) => {
    const row = Math.floor(position / output.width) * stride - padding + Math.floor(tap / size.width);
    const col = (position % output.width) * stride - padding + (tap % size.width);
    return row < 0 || col < 0 || row >= input.height || col >= input.width ? -1 : row * input.width + col;
  };
  for (let row = 0; row < rows; row++) {
    for (let entry = 0; entry < entries; entry++) {
      const pixel = pixelAt(convolution, Math.floor(entry / convolution.taps), entry % convolution.taps);
      for (let c = 0; pixel >= 0 && c < channels; c++) {
        const at = (row * entries + entry) * channels + c;
        patches[at] = x[(row * area + pixel) * channels + c];
        collected[(row * area + pixel) * channels + c] += d[at];
      }
    }
    for (let position = 0; position < pool.output.height * pool.output.width; position++) {
      for (let c = 0; c < channels; c++) {
        let best = -1;
        for (let tap = 0; tap < pool.taps; tap++) {
          const at = (row * area + pixelAt(pool, position, tap)) * channels + c;
          if (best < 0 || x[at] > x[best]) best = at;
        }
        back[best] += dy[maxima.length];
        maxima.push(x[best]);
      }
    }
  }
  return { patches, collected, maxima, back };
}
