export { type FolderLayout, type FolderLog, type FolderLogOptions, folderLog } from "./folder-log.js";
export {
  type ForkScores,
  type LogTruth,
  mergeHeightOrders,
  type OrderScores,
  ordersOf,
  scoreForks,
  scoreOrders,
  type TrueFork,
} from "./score.js";
export type { LoggedFork, LoggedRun, VersionLog, VersionLogOptions } from "./types.js";
export { versionLog } from "./version-log.js";
