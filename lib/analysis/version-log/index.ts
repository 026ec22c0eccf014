export { type FolderLayout, type FolderLog, type FolderLogOptions, folderLog } from "./folder-log.js";
export {
  type LogTruth,
  mergeHeightOrders,
  type OrderScores,
  ordersOf,
  scoreOrders,
} from "./score.js";
export type { LoggedFork, LoggedRun, VersionLog, VersionLogOptions } from "./types.js";
export { versionLog } from "./version-log.js";
