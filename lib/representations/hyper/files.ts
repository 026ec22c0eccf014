import { readFileSync } from "node:fs";
import { DataError } from "../../core/errors.js";
import { sha256 } from "../../core/hash.js";
import type { NetworkSpec, WeightLayout } from "../../networks/types.js";
import { readHeader, readTensor, type TensorInfo, writeSafetensors } from "../../zoo/store/safetensors.js";
import type { HyperConfig } from "./config.js";
import { hyperConfig } from "./config-checks.js";
import type { CurvePoint, HyperModel, HyperSetup } from "./model.js";
import { modelPlan } from "./model.js";
import type { ParameterValues } from "./parameter-shapes.js";
import type { LayerScale } from "./scale.js";
import type { StallState } from "./schedule.js";
import type { TrainerState } from "./trainer.js";

const formatVersion = "1";

/** What a training needs to go on. */
export interface HyperCheckpoint {
  readonly trainer: TrainerState;
  readonly stall: StallState;
  readonly curve: readonly CurvePoint[];
  readonly seconds: number;
  /** Sum and number of the losses since the last point of the curve. */
  readonly losses: readonly [sum: number, count: number];
  /** The best parameters so far, where early stopping wants them. */
  readonly best: { readonly step: number; readonly values: ParameterValues } | null;
}

/**
 * Writes a trained hyper-representation as one safetensors file: its parameters by name, in torch's shapes, and
 * everything else in the metadata.
 * @throws StoreError when it cannot be written
 */
export async function saveHyperModel(path: string, model: HyperModel): Promise<void> {
  const { values, step, scale, curve, engine, ...setup } = model;
  const metadata = { ...setupMetadata(setup), model: JSON.stringify({ step, scale, curve, engine }) };
  await write(path, metadata, [named("", shapesOf(setup), values)]);
}

/**
 * Reads a hyper-representation that saveHyperModel wrote.
 * @throws DataError "hyper/file" naming what the file lacks; as readHeader
 */
export function loadHyperModel(path: string): HyperModel {
  const { setup, metadata } = readSetup(path);
  checkDigest(path, metadata);
  const { step, scale, curve, engine } = parsed(path, metadata.model) as Pick<
    HyperModel,
    "step" | "curve" | "engine"
  > & {
    scale: LayerScale | null;
  };
  return { ...setup, step, scale, curve, engine, values: readValues(path, "", setup) };
}

/** Writes what a training needs to go on. */
export async function saveCheckpoint(path: string, setup: HyperSetup, state: HyperCheckpoint): Promise<void> {
  const { trainer, stall, curve, seconds, losses, best } = state;
  const rest = { stall, curve, seconds, losses, steps: trainer.steps, bestStep: best?.step ?? null };
  const shapes = shapesOf(setup);
  await write(path, { ...setupMetadata(setup), checkpoint: JSON.stringify(rest) }, [
    named("", shapes, trainer.values),
    named("adam.mean/", shapes, trainer.means),
    named("adam.square/", shapes, trainer.squares),
    ...(best ? [named("best/", shapes, best.values)] : []),
  ]);
}

/** Steps that a checkpoint has done; 0 where there is none. */
export function checkpointSteps(path: string): number {
  try {
    const { steps } = JSON.parse(readHeader(path).metadata.checkpoint);
    return Number.isInteger(steps) ? steps : 0;
  } catch {
    return 0;
  }
}

/** Reads a checkpoint; undefined where there is none, or none that is whole. */
export function loadCheckpoint(path: string, setup: HyperSetup): HyperCheckpoint | undefined {
  try {
    const { metadata } = readHeader(path);
    checkDigest(path, metadata);
    const { stall, curve, seconds, losses, steps, bestStep } = JSON.parse(metadata.checkpoint);
    const values = readValues(path, "", setup);
    const [means, squares] = [readValues(path, "adam.mean/", setup), readValues(path, "adam.square/", setup)];
    const best = bestStep === null ? null : { step: bestStep, values: readValues(path, "best/", setup) };
    return { trainer: { steps, values, means, squares }, stall, curve, seconds, losses, best };
  } catch {
    return undefined;
  }
}

type Part = readonly { readonly tensor: TensorInfo; readonly values: Float32Array }[];

function named(prefix: string, shapes: ReturnType<typeof shapesOf>, values: ParameterValues): Part {
  return shapes.map(({ name, shape }) => ({
    tensor: { name: prefix + name, dtype: "F32", shape },
    values: values.get(name)!,
  }));
}

async function write(path: string, metadata: Record<string, string>, parts: readonly Part[]): Promise<void> {
  const all = parts.flat();
  const bytes = all.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  await writeSafetensors(
    path,
    all.map(({ tensor }) => tensor),
    { ...metadata, sha256: sha256(Buffer.concat(bytes)) },
    bytes,
  );
}

/**
 * Compares a file's data with the hash in its metadata: a training that goes on from altered numbers would end with
 * others, in silence. Files without a hash are taken as they are.
 */
function checkDigest(path: string, metadata: Readonly<Record<string, string>>): void {
  if (metadata.sha256 === undefined) return;
  const bytes = readFileSync(path).subarray(readHeader(path).dataStart);
  if (sha256(bytes) === metadata.sha256) return;
  const message = `${path} was altered since it was written: its data do not have the hash in its metadata; train it again`;
  throw new DataError("hyper/file", message, { value: path });
}

function shapesOf(setup: HyperSetup) {
  return modelPlan(setup).shapes;
}

function setupMetadata({ config, seed, layout, network }: HyperSetup): Record<string, string> {
  return {
    format: `weightbook hyper-representation ${formatVersion}`,
    config: JSON.stringify(config),
    seed: String(seed),
    layout: JSON.stringify(layout),
    ...(network ? { network: JSON.stringify(network) } : {}),
  };
}

function readSetup(path: string): { setup: HyperSetup; metadata: Readonly<Record<string, string>> } {
  const { metadata } = readHeader(path);
  if (metadata.format !== `weightbook hyper-representation ${formatVersion}`) {
    const message = `${path} is no hyper-representation of this version (format "${metadata.format ?? "none"}"); save it with saveHyperModel`;
    throw new DataError("hyper/file", message, { value: metadata.format });
  }
  const { network } = metadata;
  const setup = {
    config: storedConfig(path, metadata.config),
    seed: Number(metadata.seed),
    layout: parsed(path, metadata.layout) as WeightLayout,
    ...(network ? { network: parsed(path, network) as NetworkSpec } : {}),
  };
  return { setup, metadata };
}

function storedConfig(path: string, text: string | undefined): HyperConfig {
  const fields = parsed(path, text) as object;
  try {
    return hyperConfig(fields);
  } catch (cause) {
    const message = `the configuration in ${path} is of another version (${(cause as Error).message}); train it again`;
    throw new DataError("hyper/file", message, { value: path, cause });
  }
}

function parsed(path: string, text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch (cause) {
    const message = `the metadata of ${path} cannot be read; train it again`;
    throw new DataError("hyper/file", message, { value: path, cause });
  }
}

function readValues(path: string, prefix: string, setup: HyperSetup): ParameterValues {
  const values = new Map<string, Float32Array>();
  for (const { name, shape } of shapesOf(setup)) {
    const { tensor, bytes } = readTensor(path, prefix + name);
    if (tensor.dtype !== "F32" || String(tensor.shape) !== String(shape)) {
      const message = `${path}: parameter "${name}" is ${tensor.dtype} [${tensor.shape}], not F32 [${shape}]; train it again`;
      throw new DataError("hyper/file", message, { value: name });
    }
    values.set(name, new Float32Array(bytes.buffer));
  }
  return values;
}
