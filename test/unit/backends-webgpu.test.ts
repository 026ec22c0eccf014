import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type Backend, selectBackend } from "#lib/compute/tensors/backends/index.js";
import { RandomStream } from "#lib/core/random.js";
import { selectInChild, withoutGpu } from "../helpers/backends.js";
import { noSoftwareVulkan, softwareVulkan, useSoftwareVulkan } from "../helpers/webgpu.js";

const cache = mkdtempSync(join(tmpdir(), "weightbook-webgpu-"));
afterAll(() => rmSync(cache, { recursive: true }));
const isThere = useSoftwareVulkan();

/** Loss and gradients of a dense layer with softmax cross-entropy, the same numbers for every backend. */
async function lossAndGradients({ tf }: Backend): Promise<number[][]> {
  const rng = RandomStream.fromSeed(7);
  const draw = (shape: number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return tf.tensor(
      Float32Array.from({ length: count }, () => rng.normal()),
      shape,
    );
  };
  const results = tf.tidy(() => {
    const [x, kernel, bias] = [draw([33, 57]), draw([57, 10]), draw([10])];
    const labels = tf.oneHot(tf.range(0, 33, 1, "int32").mod(10).toInt(), 10);
    const loss = (k: typeof kernel, b: typeof bias) =>
      tf.losses.softmaxCrossEntropy(labels, tf.matMul(x, k).add(b)).asScalar();
    const { value, grads } = tf.valueAndGrads(loss)([kernel, bias]);
    return [value, ...grads];
  });
  const values = await Promise.all(results.map(async (tensor) => [...(await tensor.data())]));
  tf.dispose(results);
  return values;
}

const withVulkan = () => ({ ...withoutGpu(cache), ...softwareVulkan() });

describe.skipIf(!isThere)(`webgpu${isThere ? "" : ` (${noSoftwareVulkan})`}`, () => {
  it("computes what cpu computes, loss and gradients, and leaves no tensor", async () => {
    const cpu = await selectBackend({ backend: "cpu" });
    const expected = await lossAndGradients(cpu);
    const webgpu = await selectBackend({ backend: "webgpu" });
    const before = webgpu.tf.memory().numTensors;
    const values = await lossAndGradients(webgpu);
    expect(webgpu.tf.memory().numTensors).toBe(before);
    expect(values.map(({ length }) => length)).toEqual([1, 570, 10]);
    for (const [index, list] of values.entries()) {
      for (const [at, value] of list.entries()) expect(value).toBeCloseTo(expected[index][at], 5);
    }
  });

  it("names its device, and says that it is software", async () => {
    const { device, notes } = await selectBackend({ backend: "webgpu" });
    expect(device).toMatch(/llvmpipe.*Mesa/);
    expect(notes.join()).toContain("in software");
  });

  it("leaves no navigator behind, and nothing that shows in a loop over globals", async () => {
    await selectBackend({ backend: "webgpu" });
    const { navigator } = globalThis as { navigator?: object };
    expect(navigator && "gpu" in navigator).toBeFalsy();
    expect(Object.keys(globalThis).filter((name) => name.startsWith("GPU"))).toEqual([]);
  });

  it("says that a tensor must be fetched before it can be read at once or go elsewhere", async () => {
    const { tf } = await selectBackend({ backend: "webgpu" });
    const tensor = tf.tidy(() => tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])));
    expect(() => tensor.dataSync()).toThrow(/webgpu cannot be read synchronously.*await its data\(\)/);
    expect((await tensor.data())[0]).toBe(64);
    expect(tensor.dataSync()[0]).toBe(64);
    await selectBackend({ backend: "cpu" });
    const sum = tensor.sum();
    expect(sum.dataSync()[0]).toBe(64 ** 3);
    tf.dispose([tensor, sum]);
  });

  it("tells in words what the GPU complains about, once", async () => {
    const { tf } = await selectBackend({ backend: "webgpu" });
    const { device } = tf.backend() as unknown as { device: { createBuffer(wanted: object): unknown } };
    const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    for (const usage of [0xffff, 0xfff]) device.createBuffer({ size: 16, usage });
    await vi.waitFor(() => expect(told).toHaveBeenCalled());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const lines = told.mock.calls.map(([line]) => String(line));
    told.mockRestore();
    expect(lines).toEqual([expect.stringMatching(/^weightbook: webgpu: .*BufferUsage/)]);
  });

  it("in software it is never the automatic choice, but by name it is taken", () => {
    const { attempts } = selectInChild(["auto", "webgpu", "wasm", "webgpu", "auto"], withVulkan());
    expect(attempts.map(({ name }) => name)).toEqual(["wasm", "webgpu", "wasm", "webgpu", "wasm"]);
    expect(attempts.map(({ sum }) => sum)).toEqual(Array(5).fill(13.5));
  });

  it("in software it is no automatic choice either when it runs already", () => {
    const { attempts } = selectInChild(["webgpu", "cpu", "auto", "webgpu"], withVulkan());
    expect(attempts.map(({ name }) => name)).toEqual(["webgpu", "cpu", "wasm", "webgpu"]);
    expect(attempts.map(({ sum }) => sum)).toEqual(Array(4).fill(13.5));
  });

  it("lets the process end by itself, and runs in a second thread", () => {
    const { status, signal, attempts } = selectInChild(["webgpu", "worker", "webgpu"], withVulkan());
    expect({ status, signal }).toEqual({ status: 0, signal: null });
    expect(attempts).toMatchObject([
      { name: "webgpu", sum: 13.5 },
      { name: "webgpu", sum: 13.5 },
    ]);
  });

  it("where Vulkan has no driver, says what to install", () => {
    const env = { ...withVulkan(), VK_DRIVER_FILES: "/nowhere", VK_ICD_FILENAMES: "/nowhere" };
    const { attempts } = selectInChild(["webgpu"], env);
    expect(attempts[0].message).toMatch(/no GPU was found: Dawn has no adapter; install .*Vulkan driver/);
    const { attempts: automatic, told } = selectInChild(["auto"], env);
    expect(automatic[0].name).toBe("wasm");
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("tensors run on wasm; webgpu cannot: no GPU was found");
  });
});
