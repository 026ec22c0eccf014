import { WeightbookError } from "../../../core/errors.js";
import { requireBackend, type TensorFlow } from "../tf.js";
import { registerWebGpuKernels } from "../webgpu/register.js";
import { type Adapter, type AdapterInfo, type Device, findAdapter, isGpuVisible } from "./dawn.js";
import { firstLine, type Refused, type Started } from "./starts.js";

/** What is used here of @tensorflow/tfjs-backend-webgpu. */
interface WebGpuPackage {
  readonly WebGPUBackend: new (device: Device, info: AdapterInfo) => WebGpuBackend;
}

interface WebGpuBackend {
  readonly tensorMap: { get(dataId: object): { readonly values: unknown; readonly dtype: string } };
  readSync(dataId: object): unknown;
}

/** Limits that tfjs's kernels live by: the device gets all that the adapter offers. */
const raisedLimits = [
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
];

const softwareNames = /llvmpipe|lavapipe|swiftshader|software|basic render/i;

/** Starts tfjs's WebGPU backend on Dawn (the package webgpu), without a browser. */
export async function startWebGpu(tf: TensorFlow, allowSoftware: boolean): Promise<Started | Refused> {
  const adapter = await findAdapter();
  if ("reason" in adapter) return adapter;
  const { info } = adapter;
  const device = deviceName(info);
  const isSoftware = info.isFallbackAdapter === true || softwareNames.test(`${info.architecture} ${device}`);
  if (isSoftware && !allowSoftware) return softwareRefused(device);
  try {
    await register(tf, adapter);
    if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start on it");
  } catch (cause) {
    const reason = `${device} was found but cannot be opened: ${firstLine(cause)}`;
    return { reason, remedy: "update its driver", isAbsent: false, cause };
  }
  const notes = isSoftware ? ["a GPU in software: right, but slower than wasm"] : [];
  return { engineName: "webgpu", device, notes, isSoftware };
}

/** What becomes of a GPU in software where nobody named it. */
export function softwareRefused(device: string): Refused {
  const reason = `the only GPU is software (${device}), which is slower than wasm`;
  return { reason, remedy: "WEIGHTBOOK_BACKEND=webgpu takes it all the same", isAbsent: !isGpuVisible() };
}

/** The adapter's own description names GPU and driver; vendors that leave it empty give their names. */
function deviceName({ description, vendor, architecture, device }: AdapterInfo): string {
  return description || [vendor, architecture, device].filter(Boolean).join(" ") || "a GPU without a name";
}

async function register(tf: TensorFlow, adapter: Adapter): Promise<void> {
  const device = await adapter.requestDevice({
    requiredFeatures: ["timestamp-query"].filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(raisedLimits.map((limit) => [limit, adapter.limits[limit]])),
  });
  watch(device);
  const { WebGPUBackend } = requireBackend("@tensorflow/tfjs-backend-webgpu") as WebGpuPackage;
  registerWebGpuKernels();
  // From an earlier attempt that failed, or from somebody who loaded tfjs's package with a navigator of their own.
  if (tf.findBackendFactory("webgpu")) tf.removeBackend("webgpu");
  const backend = withNavigator(() => new WebGPUBackend(device, adapter.info));
  refuseSyncReads(backend);
  tf.registerBackend("webgpu", () => backend as unknown as ReturnType<TensorFlow["backend"]>);
}

/** tfjs reads a GPU synchronously by drawing into a browser's canvas, which is not here. */
function refuseSyncReads(backend: WebGpuBackend): void {
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { values, dtype } = backend.tensorMap.get(dataId);
    if (values || dtype === "string") return readSync(dataId);
    throw new WeightbookError(
      "tensors/sync-read",
      "a tensor on webgpu cannot be read synchronously, nor used on another backend, before it was fetched: await its data()",
    );
  };
}

/** Failures of the GPU that were heard of: how many, and what the last one said. */
export interface GpuFailures {
  readonly count: number;
  readonly last: string;
}

let failures: GpuFailures = { count: 0, last: "" };

/** What the GPU failed in so far: whoever compares the count before and after some work knows whether it went well. */
export function gpuFailures(): GpuFailures {
  return failures;
}

/** Failures of the GPU arrive late and outside of any call: unheard, they would only show as wrong numbers. */
function watch(device: Device): void {
  let told = false;
  const note = (message: string) => {
    failures = { count: failures.count + 1, last: firstLine(message) };
  };
  device.addEventListener("uncapturederror", ({ error }) => {
    note(error.message);
    if (!told) process.stderr.write(`weightbook: webgpu: ${firstLine(error.message)}\n`);
    told = true;
  });
  device.lost.then(({ reason, message }) => {
    note(message);
    if (reason !== "destroyed")
      process.stderr.write(`weightbook: webgpu lost its GPU: ${firstLine(message)}\n`);
  });
}

/** tfjs asks once whether `navigator.gpu` is there. Other libraries take a navigator for a browser, so it goes again. */
function withNavigator<T>(run: () => T): T {
  const rest = { configurable: true, enumerable: false, writable: true };
  const holder: { navigator?: object } = globalThis;
  const { navigator } = holder;
  if (navigator && "gpu" in navigator) return run();
  if (navigator) Object.defineProperty(navigator, "gpu", { value: {}, ...rest });
  else Object.defineProperty(holder, "navigator", { value: { gpu: {} }, ...rest });
  try {
    return run();
  } finally {
    if (navigator) Reflect.deleteProperty(navigator, "gpu");
    else Reflect.deleteProperty(holder, "navigator");
  }
}
