import type { ShiftDescription, ZooDescription } from "./describe.js";
import type { VariedColumn } from "./variety.js";

/** A zoo's description as lines for a terminal. */
export function descriptionText(zoo: ZooDescription): string {
  const { parameters, fewestParameters, split, lastEpoch } = zoo;
  const weights = parameters === fewestParameters ? `${parameters}` : `${fewestParameters} to ${parameters}`;
  const data = zoo.standsInFor === null ? zoo.dataset : `${zoo.dataset}, in place of ${zoo.standsInFor}`;
  const images =
    zoo.trainImages === null ? "" : `; ${zoo.trainImages} training and ${zoo.testImages} test images`;
  const checkpoints =
    zoo.checkpointsPerModel > 0
      ? `x ${zoo.checkpointsPerModel} checkpoints`
      : `with ${zoo.checkpoints} checkpoints`;
  const lines = [
    `${zoo.name}: ${zoo.models} models ${checkpoints} of ${weights} weights`,
    `  folder    ${zoo.folder}`,
    `  data      ${data}${images}`,
    `  network   ${zoo.network}, epochs ${zoo.firstEpoch} to ${lastEpoch}, ${zoo.diverged} models diverged`,
    ...(zoo.shift ? [`  shift     ${shiftLine(zoo.shift)}`] : []),
    `  split     ${split.train} train, ${split.validation} validation, ${split.test} test`,
    ...(zoo.varies.length > 0 ? ["  varies    (models that have each value)"] : []),
    ...zoo.varies.map((varied) => `    ${varied.column.padEnd(22)}${valuesText(varied)}`),
    "  at the last checkpoint of each: least, median, mean, greatest",
    ...Object.entries(zoo.last).map(([column, { min, median, mean, max }]) => {
      const numbers = [min, median, mean, max].map((value) => numberText(value).padStart(11)).join("");
      return `    ${column.padEnd(22)}${numbers}`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

function shiftLine(shift: ShiftDescription): string {
  const { afterEpoch, dataset, standsInFor, trainImages, testImages, learningRate } = shift;
  const name = standsInFor === null ? dataset : `${dataset}, in place of ${standsInFor}`;
  const images = `${name}; ${trainImages} training and ${testImages} test images`;
  const rate = `learning rate ${learningRate}`;
  const parts = [...(dataset === null ? [] : [images]), ...(learningRate === null ? [] : [rate])];
  return `after epoch ${afterEpoch}: ${parts.join("; ")}`;
}

/** The levels of a setting with the models that have each, or its range. */
export function valuesText({ levels, min, max }: VariedColumn): string {
  if (levels === null) return `${numberText(min)} to ${numberText(max)}`;
  return levels.map(({ value, models }) => `${value} (${models})`).join(", ");
}

/** Four significant digits, of losses that exploded with an exponent; a dash where there is no number. */
function numberText(value: number | null): string {
  if (value === null) return "–";
  return Math.abs(value) < 1e7 ? String(Number(value.toPrecision(4))) : value.toExponential(3);
}
