export type { TaskFailure } from "./failures.js";
export { type ZooStatus, zooStatus } from "./status.js";
export { type SubmitZooOptions, submitZoo, type ZooSubmission } from "./submit.js";
