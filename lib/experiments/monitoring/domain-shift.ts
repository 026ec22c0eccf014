import { alarmThreshold, type RocPoint, rocAreaInterval, rocCurve } from "../../analysis/monitoring/roc.js";
import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { bootstrapInterval, quantile } from "../../core/numeric/bootstrap.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
import { loadDatasetOrStrokes } from "../../datasets/load.js";
import type { TrainedZoo } from "../../zoo/store/zoo.js";
import { intervalTable } from "../interval-table.js";
import { zooSetting } from "../setting.js";
import { arrivingLoss } from "./arriving-loss.js";
import { type Detector, detectors, greatest, type Surprises, zooSurprises } from "./detectors.js";

export interface DomainShiftOptions extends LongRunOptions {
  readonly rng: RandomStream;
  /** Epochs before the judged one that a detector predicts it from; 8 by default. */
  readonly window?: number;
  /** Steps that smoothness looks back on; 3 by default. */
  readonly smoothness?: number;
  /** Epochs after the shift within which an alarm counts as one of the shift; 5 by default. */
  readonly patience?: number;
  /** Share of runs without a shift that may sound an alarm in their whole training; .05 by default. */
  readonly falseAlarms?: number;
  /** Images of every epoch whose loss is watched as they arrive; 500 by default. */
  readonly images?: number;
}

/** How the runs of one kind of shift surprised the detectors. */
export interface ShiftKind {
  readonly name: string;
  readonly zoo: TrainedZoo;
  readonly surprises: readonly Surprises[];
}

export interface DomainShifts {
  readonly control: ShiftKind;
  readonly kinds: readonly ShiftKind[];
  readonly afterEpoch: number;
  /** Kinds x detectors: area under the ROC curve of the alarm within `patience` epochs. */
  readonly areas: ResultTable;
  /** Kinds x detectors: share of runs with an alarm within `patience` epochs at a threshold of few false alarms. */
  readonly hits: ResultTable;
  /** Kinds x detectors: median epochs from the shift to the alarm, of the runs with one; 1 is the first epoch after it. */
  readonly delays: ResultTable;
  readonly curves: (kind: string, detector: Detector) => RocPoint[];
  readonly setting: string;
}

/** Row of `hits` for runs without a shift: alarms in their whole training. */
export const noShift = "no shift (false alarms)";

/**
 * Whether step length, turning and smoothness of a trajectory tell a shift of the training data, beside alarms on the
 * loss: the hypothesis of Schuerholt and Borth (2021), which they do not test. Thresholds are set on every second run
 * without a shift; false alarms are counted on the others.
 * @param control runs without a shift
 * @param shifted runs with a shift after the same epoch, by the name of its kind
 * @throws SpecError when the zoos do not fit each other; InterruptedError on abort
 */
export async function runDomainShifts(
  control: TrainedZoo,
  shifted: Readonly<Record<string, TrainedZoo>>,
  given: DomainShiftOptions,
): Promise<DomainShifts> {
  const own = ["rng", "window", "smoothness", "patience", "falseAlarms", "images"];
  checkOptions(given, [...own, "signal", "onProgress"], "runDomainShifts");
  const options = interruptible(given);
  const { rng, window = 8, smoothness = 3, patience = 5, falseAlarms = 0.05, images = 500 } = options;
  const afterEpoch = commonEpoch(control, shifted, patience);
  const names = Object.keys(shifted);
  const part = inParts(options.onProgress, "domain shifts", 1 + names.length);
  const watched = async (name: string, zoo: TrainedZoo, index: number): Promise<ShiftKind> => {
    const onProgress = part(index);
    const listen = { signal: options.signal, ...(onProgress ? { onProgress } : {}) };
    const load = (dataset: string, counts: { trainImages: number; testImages: number }) =>
      loadDatasetOrStrokes(dataset, { size: zoo.spec.dataset.size, ...counts, signal: options.signal });
    const { dataset, shift } = zoo.spec;
    const before = await load(dataset.name, dataset);
    const { trainImages = dataset.trainImages, testImages = dataset.testImages } = shift ?? {};
    const after =
      shift?.dataset === undefined ? before : await load(shift.dataset, { trainImages, testImages });
    // Of runs with a shift only the epochs about it are judged.
    const epochs = shift ? ([afterEpoch + 1 - window, afterEpoch + patience] as const) : undefined;
    const arriving = await arrivingLoss(zoo, {
      before,
      after,
      images,
      ...(epochs ? { epochs } : {}),
      ...listen,
    });
    return { name, zoo, surprises: zooSurprises(zoo, arriving, { window, smoothness }) };
  };
  const base = await watched(noShift, control, 0);
  const kinds: ShiftKind[] = [];
  for (const [i, name] of names.entries()) kinds.push(await watched(name, shifted[name], i + 1));
  const soon = ({ surprises }: ShiftKind, detector: Detector) =>
    surprises.map((own) => greatest(own[detector], afterEpoch + 1, afterEpoch + patience));
  const setting = `${zooSetting(control)}; shift after epoch ${afterEpoch}, judged by the ${window} epochs before`;
  const frame = { control: base, kinds, afterEpoch, patience, falseAlarms, setting };
  return {
    control: base,
    kinds,
    afterEpoch,
    areas: intervalTable(
      {
        id: "monitoring/areas",
        caption: `Area under the ROC curve: runs with a shift against runs without, alarm within ${patience} epochs; ${setting}`,
        rowKey: "shift",
        rows: names,
        columns: [...detectors],
      },
      (row, column) => {
        const detector = column as Detector;
        const kind = kinds.find(({ name }) => name === row)!;
        return rocAreaInterval(soon(kind, detector), soon(base, detector), rng.split(row, column));
      },
    ),
    ...alarmTables(frame, rng),
    curves: (kind, detector) =>
      rocCurve(soon(kinds.find(({ name }) => name === kind)!, detector), soon(base, detector)),
    setting,
  };
}

interface AlarmFrame {
  readonly control: ShiftKind;
  readonly kinds: readonly ShiftKind[];
  readonly afterEpoch: number;
  readonly patience: number;
  readonly falseAlarms: number;
  readonly setting: string;
}

/** Hits and delays at thresholds that few of the runs without a shift reach. */
function alarmTables(frame: AlarmFrame, rng: RandomStream): Pick<DomainShifts, "hits" | "delays"> {
  const { control, kinds, afterEpoch, patience, falseAlarms, setting } = frame;
  const ever = (surprises: readonly Surprises[], detector: Detector) =>
    surprises.map((own) => greatest(own[detector], 0, own[detector].length - 1));
  const [calibrating, judging] = [0, 1].map((half) => control.surprises.filter((_, i) => i % 2 === half));
  const threshold = (detector: Detector) => alarmThreshold(ever(calibrating, detector), falseAlarms);
  const delaysOf = ({ surprises }: ShiftKind, detector: Detector) =>
    surprises.map((own) => alarmDelay(own[detector], threshold(detector), afterEpoch, patience));
  const share = (alarms: readonly boolean[], name: string, detector: Detector) =>
    bootstrapInterval(alarms, (sample) => sample.filter((alarm) => alarm).length / sample.length, {
      rng: rng.split("hits", name, detector),
    });
  const words = `threshold that at most ${falseAlarms * 100} percent of the runs without a shift reach in all their training`;
  const names = kinds.map(({ name }) => name);
  const columns = [...detectors];
  const kindOf = (row: string) => kinds.find(({ name }) => name === row)!;
  return {
    hits: intervalTable(
      {
        id: "monitoring/hits",
        caption: `Share of runs with an alarm within ${patience} epochs of the shift; ${words}; ${setting}`,
        rowKey: "shift",
        rows: [...names, noShift],
        columns,
      },
      (row, column) => {
        const detector = column as Detector;
        if (row === noShift) {
          const alarms = ever(judging, detector).map((score) => score >= threshold(detector));
          return share(alarms, row, detector);
        }
        const alarms = delaysOf(kindOf(row), detector).map((delay) => delay !== undefined);
        return share(alarms, row, detector);
      },
    ),
    delays: intervalTable(
      {
        id: "monitoring/delays",
        caption: `Median epochs from the shift to the alarm, of runs with an alarm within ${patience} epochs; ${words}; ${setting}`,
        rowKey: "shift",
        rows: names,
        columns,
      },
      (row, column) => {
        const detector = column as Detector;
        const known = delaysOf(kindOf(row), detector).flatMap((delay) => delay ?? []);
        if (known.length === 0) return undefined;
        return bootstrapInterval(
          known,
          (sample) =>
            quantile(
              [...sample].sort((a, b) => a - b),
              0.5,
            ),
          {
            rng: rng.split("delays", row, column),
          },
        );
      },
    ),
  };
}

/** Epochs from the shift to the first alarm after it; undefined without one in time. */
function alarmDelay(
  surprise: Float64Array,
  threshold: number,
  afterEpoch: number,
  patience: number,
): number | undefined {
  for (let delay = 1; delay <= patience; delay++) if (surprise[afterEpoch + delay] >= threshold) return delay;
  return undefined;
}

/** The epoch after which all zoos shift. */
function commonEpoch(
  control: TrainedZoo,
  shifted: Readonly<Record<string, TrainedZoo>>,
  patience: number,
): number {
  const zoos = Object.entries(shifted);
  const epochs = [...new Set(zoos.map(([, { spec }]) => spec.shift?.afterEpoch))];
  const [first] = epochs;
  if (control.spec.shift || epochs.length !== 1 || first === undefined) {
    const found = epochs.map((epoch) => epoch ?? "never").join(", ") || "no zoo";
    const message = `the first zoo must have no shift and the others one after the same epoch; they shift after: ${found}`;
    throw new SpecError("monitoring/shift", message, { value: found });
  }
  const tooShort = zoos.find(([, { spec }]) => spec.epochs < first + patience);
  if (tooShort) {
    const message = `${tooShort[0]}: epochs is ${tooShort[1].spec.epochs}; alarms are waited for until epoch ${first + patience}`;
    throw new SpecError("monitoring/epochs", message, { value: tooShort[1].spec.epochs });
  }
  return first;
}
