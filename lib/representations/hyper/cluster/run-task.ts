import { selectBackend } from "../../../compute/tensors/backends/select.js";
import { SpecError } from "../../../core/errors.js";
import { interruptible } from "../../../core/interrupt.js";
import { type LongRunOptions, ProgressMeter } from "../../../core/progress.js";
import { engineName } from "../engine-name.js";
import { checkpointSteps } from "../files.js";
import { checkpointFile, runTraining } from "../training.js";
import { readTask, readTaskList } from "./task-files.js";

/**
 * Does one training of a list that trainHyperRepresentations wrote for a cluster: opens it when it is done, goes on from
 * its checkpoint when it was stopped.
 * @param task counted from 1
 * @returns the training's folder
 * @throws SpecError "hyper/task" for a task that the list does not have; DataError; as runTraining
 */
export async function runHyperTask(list: string, task: number, given: LongRunOptions = {}): Promise<string> {
  const options = interruptible(given);
  const folders = readTaskList(list);
  const folder = folders[task - 1];
  if (folder === undefined) {
    const message = `${list} has trainings 1 to ${folders.length}, not ${task}`;
    throw new SpecError("hyper/task", message, { value: task });
  }
  const { label, setup, train, validation, backend } = readTask(folder);
  const selected = await selectBackend({ backend, signal: options.signal });
  let done = checkpointSteps(checkpointFile(folder));
  const { steps } = setup.config;
  const meter = new ProgressMeter(label, steps, "steps", options.onProgress, { alreadyDone: done });
  const onStep = (step: number) => {
    meter.add(step - done);
    done = step;
  };
  const engine = engineName(selected);
  await runTraining({ setup, train, validation, folder, engine }, { signal: options.signal, onStep });
  return folder;
}
