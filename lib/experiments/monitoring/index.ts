export { type Detector, detectors } from "./detectors.js";
export {
  type DomainShiftOptions,
  type DomainShifts,
  runDomainShifts,
  type ShiftKind,
} from "./domain-shift.js";
export { type ForkScoresOptions, runForks } from "./forks.js";
export {
  type IdentificationOptions,
  type IdentificationResult,
  runIdentification,
} from "./identification.js";
