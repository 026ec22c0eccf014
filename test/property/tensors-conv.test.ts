import { test } from "vitest";
import { type Tensor, tensorflow } from "#lib/compute/tensors/tf.js";
import { RandomStream } from "#lib/core/random.js";
import { fastEngines, onEngines } from "../helpers/tensor-engines.js";
import { compareWithCpu, type Input, type Program, randomBlock } from "../helpers/tensors.js";

const tf = tensorflow();

type Padding =
  | "same"
  | "valid"
  | number
  | [[number, number], [number, number], [number, number], [number, number]];
type Strides = [number, number];

interface Convolution {
  readonly x: Input;
  readonly filter: Input;
  readonly strides: Strides;
  readonly pad: Padding;
  readonly what: string;
}

/** A random convolution in which at least one pixel comes out. */
function convolution(stream: RandomStream, filters: (channels: number) => number): Convolution {
  const kernel = [1 + stream.integer(4), 1 + stream.integer(4)];
  const image = kernel.map((length) => length + stream.integer(6));
  const channels = stream.pick([1, 2, 3, 4, 5, 9]);
  const strides: Strides = [1 + stream.integer(3), 1 + stream.integer(3)];
  const explicit: Padding = [
    [0, 0],
    [stream.integer(3), stream.integer(3)],
    [stream.integer(3), stream.integer(3)],
    [0, 0],
  ];
  // A number as padding is wrong in tfjs unless kernel and strides are square: the output's width is that of its height.
  const square = kernel[0] === kernel[1] && strides[0] === strides[1];
  const pad = stream.pick<Padding>(["same", "valid", explicit, square ? stream.integer(3) : explicit]);
  const x = randomBlock(stream, [1 + stream.integer(3), ...image, channels]);
  const filter = randomBlock(stream, [...kernel, channels, filters(channels)]);
  return { x, filter, strides, pad, what: `strides ${strides}, padding ${JSON.stringify(pad)}` };
}

/** Channels behind the image's number, for a kernel that is called by its name. */
function planes(x: Tensor): Tensor {
  return tf.transpose(x, [0, 3, 1, 2]);
}

onEngines(fastEngines, "convolutions", (engine) => {
  test("value and gradients with any strides and padding", async () => {
    const stream = RandomStream.fromSeed("convolutions");
    for (let run = 0; run < 50; run++) {
      const { x, filter, strides, pad, what } = convolution(stream, () => 1 + stream.integer(9));
      await compareWithCpu(
        engine,
        (image, weights) => tf.conv2d(image as never, weights as never, strides, pad as never),
        [x, filter],
        { what },
      );
    }
  });

  test("with bias and activation, and dilated", async () => {
    const stream = RandomStream.fromSeed("fused");
    const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;
    for (const activation of activations) {
      for (const dilations of [1, 2]) {
        const shapes = [[2, 7, 6, 3], [2, 3, 3, 5], [5], [5]];
        const inputs = shapes.map((shape) => randomBlock(stream, shape));
        const program: Program = (x, filter, bias, preluActivationWeights) =>
          tf.fused.conv2d({
            x: x as never,
            filter: filter as never,
            strides: 1,
            pad: "same",
            dilations,
            bias,
            activation,
            preluActivationWeights: activation === "prelu" ? preluActivationWeights : undefined,
            leakyreluAlpha: 0.3,
          });
        await compareWithCpu(engine, program, inputs, { what: activation, gradients: false });
      }
    }
  });

  test("gradients of images whose channels come first", async () => {
    const stream = RandomStream.fromSeed("planes");
    for (let run = 0; run < 25; run++) {
      const { x, filter, strides, what } = convolution(stream, () => 1 + stream.integer(9));
      const pad = stream.pick(["same", "valid"] as const);
      const attrs = { strides, pad, filterShape: [...filter.shape], inputShape: [...x.shape] };
      const last = (image: Tensor, weights: Tensor) => {
        const dy = tf.conv2d(image as never, weights as never, strides, pad);
        const run = (name: string, inputs: object) =>
          tf.engine().runKernel(name, inputs as never, { ...attrs, dataFormat: "NHWC" }) as Tensor;
        const toFilter = run("Conv2DBackpropFilter", { x: image, dy });
        const toImage = run("Conv2DBackpropInput", { dy, filter: weights });
        return tf.concat([toFilter.flatten(), toImage.flatten()]);
      };
      const first = (image: Tensor, weights: Tensor) => {
        const dy = planes(tf.conv2d(image as never, weights as never, strides, pad));
        const inputShape = [x.shape[0], x.shape[3], x.shape[1], x.shape[2]];
        const run = (name: string, inputs: object) =>
          tf
            .engine()
            .runKernel(name, inputs as never, { ...attrs, inputShape, dataFormat: "NCHW" }) as Tensor;
        const toFilter = run("Conv2DBackpropFilter", { x: planes(image), dy });
        const toImage = tf.transpose(run("Conv2DBackpropInput", { dy, filter: weights }), [0, 2, 3, 1]);
        return tf.concat([toFilter.flatten(), toImage.flatten()]);
      };
      await compareWithCpu(engine, first, [x, filter], { what, reference: last, gradients: false });
    }
  });

  test("more patches than are held at once", async () => {
    const stream = RandomStream.fromSeed("groups");
    const inputs = [randomBlock(stream, [21, 30, 20, 8]), randomBlock(stream, [4, 4, 8, 2])];
    await compareWithCpu(engine, (x, w) => tf.conv2d(x as never, w as never, 1, "same"), inputs, {
      what: "groups",
    });
  });
});

onEngines(fastEngines, "depthwise convolutions", (engine) => {
  test("value and gradients", async () => {
    const stream = RandomStream.fromSeed("depthwise");
    for (let run = 0; run < 40; run++) {
      const { x, filter, strides, what } = convolution(stream, () => 1 + stream.integer(3));
      // tfjs's own forward kernel is wrong for padding "same" where a stride is longer than the kernel.
      const covers = strides.every((stride, axis) => stride <= filter.shape[axis]);
      const pad = covers ? stream.pick(["same", "valid"] as const) : "valid";
      await compareWithCpu(
        engine,
        (image, weights) => tf.depthwiseConv2d(image as never, weights as never, strides, pad),
        [x, filter],
        { what },
      );
    }
  });
});
