import type { BackendName } from "../../compute/tensors/backends/names.js";
import { selectBackend } from "../../compute/tensors/backends/select.js";
import { serveTasks } from "../../core/workers.js";
import { engineName } from "./engine-name.js";
import type { CurvePoint, HyperModel, HyperSetup } from "./model.js";
import { runTraining } from "./training.js";

/** One training of a worker; its rows lie in shared memory. */
export interface TrainingJob {
  /** Name and seed, for errors. */
  readonly label: string;
  readonly setup: HyperSetup;
  readonly train: SharedRows;
  readonly validation: SharedRows;
  readonly folder: string;
  readonly backend: BackendName;
}

/** A matrix on a SharedArrayBuffer. */
export interface SharedRows {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** What a worker tells: steps done so far, and a new point of the curve. */
export interface TrainingReport {
  readonly step: number;
  readonly point?: CurvePoint;
}

/** Steps between two reports. */
const reportEvery = 5;

serveTasks<TrainingJob, HyperModel, TrainingReport>(async (job, { report }) => {
  const engine = engineName(await selectBackend({ backend: job.backend }));
  const { setup, train, validation, folder } = job;
  const result = await runTraining(
    { setup, train, validation, folder, engine },
    {
      onStep: (step) => step % reportEvery === 0 && report({ step }),
      onPoint: (point) => report({ step: point.step, point }),
    },
  );
  return { result };
});
