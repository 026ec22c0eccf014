import { InterruptedError } from "../errors.js";

/** Seconds between two looks at the queue: often enough to watch, seldom enough for a controller that many ask. */
export const defaultPollSeconds = 5;

/** The error of an interrupt while jobs are waited for, which it leaves alone. */
export function jobsGoOn(job: string): InterruptedError {
  return new InterruptedError(
    "waiting for Slurm",
    `the jobs go on: the same call finds them again, and scancel --name=${job} cancels them`,
  );
}
