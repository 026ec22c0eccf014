import { SpecError } from "../../core/errors.js";
import type { GroupJob } from "../types.js";
import { allImages } from "./shift.js";

/**
 * Checks that a job can be trained by one engine in lock-step.
 * @throws SpecError naming what cannot be
 */
export function checkJob(job: GroupJob): void {
  const { epochs, checkpoints, train, network, models, earlyStopping, shift } = job;
  const ascending = checkpoints.every((epoch, i) => i === 0 || epoch > checkpoints[i - 1]);
  const within = checkpoints.every((epoch) => Number.isInteger(epoch) && epoch >= 0 && epoch <= epochs);
  if (!Number.isInteger(epochs) || epochs < 0 || !ascending || !within) {
    const message = `checkpoints [${checkpoints}] must be ascending epochs of 0 to ${epochs}`;
    throw new SpecError("engine/checkpoints", message, { value: checkpoints });
  }
  for (const { height, width } of allImages(job).flatMap((images) => [images.train, images.test])) {
    if (height !== network.input.height || width !== network.input.width) {
      const { input, name } = network;
      const message = `images of ${height} x ${width} do not fit the ${input.height} x ${input.width} inputs of network "${name}"`;
      throw new SpecError("engine/images", message, { value: [height, width] });
    }
  }
  const kinds = models.map(({ optimizer }) =>
    optimizer.type === "sgd" && optimizer.nesterov ? "nesterov" : optimizer.type,
  );
  const other = kinds.find((kind) => kind !== kinds[0]);
  if (other !== undefined) {
    const message = `optimisers ${kinds[0]} and ${other} cannot be trained in one group; give each its own`;
    throw new SpecError("engine/optimizer", message, { value: other });
  }
  if (shift && earlyStopping) {
    const message = "a job with a shift cannot stop early; leave shift or earlyStopping out";
    throw new SpecError("engine/shift", message, { value: shift.afterEpoch });
  }
  if (earlyStopping && earlyStopping.validationImages >= train.count) {
    const message = `earlyStopping holds out ${earlyStopping.validationImages} of ${train.count} training images; leave some`;
    throw new SpecError("engine/early-stopping", message, { value: earlyStopping.validationImages });
  }
}
