import { alarmThreshold, type RocPoint, rocAreaInterval, rocCurve } from "../../analysis/monitoring/roc.js";
import { checkOptions, SpecError } from "../../core/errors.js";
import { interruptible } from "../../core/interrupt.js";
import { bootstrapInterval, quantile } from "../../core/numeric/bootstrap.js";
import { inParts, type LongRunOptions } from "../../core/progress.js";
import type { RandomStream } from "../../core/random.js";
import type { ResultTable } from "../../core/tables.js";
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
  /** Images of every epoch whose loss is watched as they arrive; 200 by default. */
  readonly images?: number;
}

/** Runs with a shift, and runs of the same kind without one. */
export interface ShiftedRuns {
  readonly shifted: TrainedZoo;
  readonly control: TrainedZoo;
}

/** How the runs of a zoo surprised the detectors. */
export interface WatchedRuns {
  readonly zoo: TrainedZoo;
  readonly surprises: readonly Surprises[];
}

/** One kind of shift. */
export interface ShiftKind extends WatchedRuns {
  readonly name: string;
  readonly control: WatchedRuns;
}

export interface DomainShifts {
  readonly kinds: readonly ShiftKind[];
  readonly afterEpoch: number;
  /** Epochs that an alarm was waited for. */
  readonly patience: number;
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
 * @param runs by the name of the kind of shift; all shift after the same epoch. The first one's control is the one that
 *   false alarms are counted on
 * @throws SpecError when the zoos do not fit each other; InterruptedError on abort
 */
export async function runDomainShifts(
  runs: Readonly<Record<string, ShiftedRuns>>,
  given: DomainShiftOptions,
): Promise<DomainShifts> {
  const own = ["rng", "window", "smoothness", "patience", "falseAlarms", "images"];
  checkOptions(given, [...own, "signal", "onProgress"], "runDomainShifts");
  const options = interruptible(given);
  const { rng, window = 8, smoothness = 3, patience = 5, falseAlarms = 0.05, images = 200 } = options;
  const afterEpoch = commonEpoch(runs, patience);
  const names = Object.keys(runs);
  const zoos = [...new Set(Object.values(runs).flatMap(({ control, shifted }) => [control, shifted]))];
  const part = inParts(options.onProgress, "domain shifts", zoos.length);
  const watched = new Map<TrainedZoo, WatchedRuns>();
  for (const [index, zoo] of zoos.entries()) {
    const onProgress = part(index);
    const listen = { signal: options.signal, ...(onProgress ? { onProgress } : {}) };
    // Of runs with a shift only the epochs about it are judged.
    const epochs = zoo.spec.shift ? ([afterEpoch + 1 - window, afterEpoch + patience] as const) : undefined;
    const arriving = await arrivingLoss(zoo, { images, ...(epochs ? { epochs } : {}), ...listen });
    watched.set(zoo, { zoo, surprises: zooSurprises(zoo, arriving, { window, smoothness }) });
  }
  const kinds = names.map((name): ShiftKind => {
    const { shifted, control } = runs[name];
    return { name, ...watched.get(shifted)!, control: watched.get(control)! };
  });
  const soon = ({ surprises }: WatchedRuns, detector: Detector) =>
    surprises.map((run) => greatest(run[detector], afterEpoch + 1, afterEpoch + patience));
  const { control } = runs[names[0]];
  const setting = `${zooSetting(control)}; shift after epoch ${afterEpoch}, judged by the ${window} epochs before`;
  const kindOf = (name: string) => kinds.find((kind) => kind.name === name)!;
  return {
    kinds,
    afterEpoch,
    patience,
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
        const kind = kindOf(row);
        return rocAreaInterval(soon(kind, detector), soon(kind.control, detector), rng.split(row, column));
      },
    ),
    ...alarmTables({ kinds, afterEpoch, patience, falseAlarms, setting }, rng),
    curves: (name, detector) => rocCurve(soon(kindOf(name), detector), soon(kindOf(name).control, detector)),
    setting,
  };
}

interface AlarmFrame {
  readonly kinds: readonly ShiftKind[];
  readonly afterEpoch: number;
  readonly patience: number;
  readonly falseAlarms: number;
  readonly setting: string;
}

/** Hits and delays at thresholds that few of the runs without a shift reach. */
function alarmTables(frame: AlarmFrame, rng: RandomStream): Pick<DomainShifts, "hits" | "delays"> {
  const { kinds, afterEpoch, patience, falseAlarms, setting } = frame;
  const ever = (runs: readonly Surprises[], detector: Detector) =>
    runs.map((run) => greatest(run[detector], 0, run[detector].length - 1));
  const half = ({ surprises }: WatchedRuns, which: 0 | 1) => surprises.filter((_, i) => i % 2 === which);
  const threshold = (control: WatchedRuns, detector: Detector) =>
    alarmThreshold(ever(half(control, 0), detector), falseAlarms);
  const delaysOf = (name: string, detector: Detector) => {
    const { surprises, control } = kinds.find((kind) => kind.name === name)!;
    const limit = threshold(control, detector);
    return surprises.map((run) => alarmDelay(run[detector], limit, afterEpoch, patience));
  };
  const alarmsOf = (name: string, detector: Detector) => {
    if (name !== noShift) return delaysOf(name, detector).map((delay) => delay !== undefined);
    const [{ control }] = kinds;
    const limit = threshold(control, detector);
    return ever(half(control, 1), detector).map((score) => score >= limit);
  };
  const words = `threshold that at most ${falseAlarms * 100} percent of the runs without a shift reach in all their training`;
  const names = kinds.map(({ name }) => name);
  const frameOf = (id: string, what: string, rows: readonly string[]) => ({
    id: `monitoring/${id}`,
    caption: `${what} within ${patience} epochs of the shift; ${words}; ${setting}`,
    rowKey: "shift",
    rows,
    columns: [...detectors],
  });
  return {
    hits: intervalTable(frameOf("hits", "Share of runs with an alarm", [...names, noShift]), (row, column) =>
      bootstrapInterval(
        alarmsOf(row, column as Detector),
        (sample) => sample.filter((alarm) => alarm).length / sample.length,
        { rng: rng.split("hits", row, column) },
      ),
    ),
    delays: intervalTable(
      frameOf("delays", "Median epochs from the shift to the alarm, of runs with one", names),
      (row, column) => {
        const known = delaysOf(row, column as Detector).flatMap((delay) => delay ?? []);
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
function commonEpoch(runs: Readonly<Record<string, ShiftedRuns>>, patience: number): number {
  const kinds = Object.entries(runs);
  const epochs = [...new Set(kinds.map(([, { shifted }]) => shifted.spec.shift?.afterEpoch))];
  const [first] = epochs;
  if (epochs.length !== 1 || first === undefined) {
    const found = epochs.map((epoch) => epoch ?? "never").join(", ") || "no zoo";
    const message = `all shifted zoos must shift after the same epoch; they shift after: ${found}`;
    throw new SpecError("monitoring/shift", message, { value: found });
  }
  for (const [name, { shifted, control }] of kinds) {
    const { epochs: last } = shifted.spec;
    const wrong = [
      ...(control.spec.shift ? ["its control has a shift too"] : []),
      ...(last < first + patience
        ? [`epochs is ${last}; alarms are waited for until epoch ${first + patience}`]
        : []),
      ...(control.spec.epochs < first + patience
        ? [`its control has ${control.spec.epochs} epochs only`]
        : []),
    ];
    if (wrong.length > 0) throw new SpecError("monitoring/shift", `${name}: ${wrong[0]}`, { value: name });
  }
  return first;
}
