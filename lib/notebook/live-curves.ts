import { checkOptions } from "../core/errors.js";
import { figureBundle } from "../figures/bundle.js";
import { trainingCurves } from "../figures/training-curves.js";
import type { CurvePoint } from "../representations/hyper/model.js";
import { display, isNotebook } from "./display.js";

/** Milliseconds between two drawings. */
const everyMs = 2000;
/** Trainings that are drawn: those that began last. */
const mostCurves = 6;

let figuresMade = 0;

export interface LiveCurvesOptions {
  /** What is drawn: the reconstruction R2 of the validation rows (default), or their loss. */
  readonly of?: "reconstruction" | "loss";
}

/**
 * Curves of trainings while they run, drawn anew every two seconds: pass it as `onPoint`. In a notebook it is one output
 * that is replaced; trainings that were finished before draw nothing, so that a notebook that is run again shows only
 * its results. In a terminal it stays silent.
 * @param title over the curves
 */
export function liveCurves(
  title: string,
  options: LiveCurvesOptions = {},
): (name: string, point: CurvePoint) => void {
  checkOptions(options, ["of"], "liveCurves");
  const isLoss = options.of === "loss";
  const curves = new Map<string, { x: number; y: number }[]>();
  const id = `weightbook-curves-${++figuresMade}`;
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return (name, point) => {
    const y = isLoss ? point.validationLoss : point.validationR2 === null ? null : 100 * point.validationR2;
    if (y === null || !isNotebook()) return;
    const points = curves.get(name) ?? [];
    points.push({ x: point.step, y });
    curves.set(name, points);
    const now = performance.now();
    if (points.length < 2 || now - shownAt < everyMs) return;
    const drawn = [...curves].filter(([, own]) => own.length > 1).slice(-mostCurves);
    const figure = trainingCurves(
      [
        {
          name: isLoss ? "loss, validation" : "reconstruction R2, validation",
          ...(isLoss ? {} : { axis: "percent" }),
          curves: drawn.map(([training, own]) => ({ name: training, points: [...own] })),
        },
      ],
      { title, x: "steps" },
    );
    display(figureBundle(figure), { displayId: id, update: isShown });
    [shownAt, isShown] = [now, true];
  };
}
