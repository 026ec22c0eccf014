import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type BackendName, requestedBackend } from "../../../compute/tensors/backends/names.js";
import { DataError } from "../../../core/errors.js";
import { writeFileAtomic } from "../../../core/files.js";
import { canonicalJson, sha256 } from "../../../core/hash.js";
import type { Matrix } from "../../../core/matrix.js";
import { readNpy, writeNpy } from "../../../core/npy.js";
import type { HyperSetup } from "../model.js";

/** A training that another machine is to do. */
export interface ClusterTraining {
  /** Name and seed. */
  readonly label: string;
  readonly setup: HyperSetup;
  readonly train: Matrix;
  readonly validation: Matrix;
  /** Where it is kept, within the folder of all trainings. */
  readonly folder: string;
  readonly backend: BackendName;
}

/** A training on disk: task.json in its folder, and its rows, which trainings share, in `rows` beside all folders. */
interface TaskFile {
  readonly label: string;
  readonly setup: HyperSetup;
  readonly backend: BackendName;
  readonly rows: { readonly train: string; readonly validation: string };
}

/** A list of trainings, one a task of an array job. */
interface TaskList {
  /** Names of folders beside each other. */
  readonly trainings: readonly string[];
}

/** Writes what a task needs to know of its training. */
export function writeTask(training: ClusterTraining): void {
  const { label, setup, backend, folder } = training;
  const place = join(dirname(folder), "rows");
  const rows = { train: writeRows(place, training.train), validation: writeRows(place, training.validation) };
  mkdirSync(folder, { recursive: true });
  const file: TaskFile = { label, setup, backend, rows };
  writeFileAtomic(join(folder, "task.json"), `${JSON.stringify(file)}\n`);
}

/** Named after their content, so that all trainings on the same rows share a file. */
function writeRows(place: string, { data, rows, cols }: Matrix): string {
  const name = `${sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)).slice(0, 16)}-${rows}.npy`;
  const path = join(place, name);
  if (existsSync(path)) return name;
  mkdirSync(place, { recursive: true });
  writeNpy(path, data, [rows, cols]);
  return name;
}

/**
 * Reads what writeTask wrote.
 * @throws DataError "hyper/task" when it is not whole
 */
export function readTask(folder: string): ClusterTraining {
  const path = join(folder, "task.json");
  const { label, setup, backend, rows } = parsed(path) as TaskFile;
  const place = join(dirname(folder), "rows");
  const read = (name: string): Matrix => {
    const { data, shape } = readNpy(join(place, name));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!(data instanceof Float32Array) || !name.startsWith(sha256(bytes).slice(0, 16))) {
      const message = `${join(place, name)} was altered since it was written; submit the training again without it`;
      throw new DataError("hyper/task", message, { value: name });
    }
    return { data, rows: shape[0], cols: shape[1] };
  };
  return {
    label,
    setup,
    folder,
    backend: requestedBackend(backend) ?? backend,
    train: read(rows.train),
    validation: read(rows.validation),
  };
}

/** Writes a list of trainings; returns its path, in a folder of its own that scripts and logs go into as well. */
export function writeTaskList(root: string, trainings: readonly string[]): string {
  const list: TaskList = { trainings };
  const path = join(root, "slurm", sha256(canonicalJson(list)).slice(0, 12), "tasks.json");
  mkdirSync(join(dirname(path), "logs"), { recursive: true });
  writeFileAtomic(path, `${JSON.stringify(list, null, 2)}\n`);
  return path;
}

/**
 * The folders of a list's trainings: task i is the i-th, from 1.
 * @throws DataError "hyper/task" for a file that is no such list
 */
export function readTaskList(path: string): string[] {
  const { trainings } = parsed(path) as Partial<TaskList>;
  if (!Array.isArray(trainings)) {
    throw new DataError("hyper/task", `${path} is no list of trainings; submit them again`, { value: path });
  }
  const root = resolve(dirname(path), "..", "..");
  return trainings.map((name) => join(root, name));
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const message = `${path} cannot be read; submit the training again`;
    throw new DataError("hyper/task", message, { value: path, cause });
  }
}
