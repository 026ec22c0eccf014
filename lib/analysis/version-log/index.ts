export type { LoggedFork, LoggedRun, VersionLog, VersionLogOptions } from "./types.js";
export { versionLog } from "./version-log.js";
