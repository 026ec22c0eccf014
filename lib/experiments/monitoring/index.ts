export { type Detector, detectors } from "./detectors.js";
export {
  type DomainShiftOptions,
  type DomainShifts,
  noShift,
  runDomainShifts,
  type ShiftedRuns,
  type ShiftKind,
  type WatchedRuns,
} from "./domain-shift.js";
export { type ForkScoresOptions, forkSample, runForks } from "./forks.js";
export {
  type IdentificationOptions,
  type IdentificationResult,
  runIdentification,
} from "./identification.js";
export { type MonitoringSetting, monitoringSetting } from "./setting.js";
export { type ShapePanel, shapePanels } from "./shape-curves.js";
export { type ShiftClaimsOptions, shiftClaims } from "./shift-claims.js";
export { type KindOfShift, kindsOfShift, type TrainShiftsOptions, trainShifts } from "./shift-zoos.js";
export { type VersionClaimsOptions, versionClaims } from "./version-claims.js";
