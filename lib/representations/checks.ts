import { DataError, SpecError } from "../core/errors.js";
import type { WeightLayout } from "../networks/types.js";
import type { FitOptions, FittedRepresentation, Representation, WeightRows } from "./types.js";

/**
 * Refuses rows that nothing can be learned from.
 * @throws SpecError "representation/empty" without rows, "representation/layout" when the layout is not the rows';
 *   DataError "representation/nan" naming the first row that is not finite
 */
export function checkRows({ weights, layout }: WeightRows, where: string): void {
  if (weights.rows === 0) {
    throw new SpecError("representation/empty", `${where}: there are no rows; give checkpoints of a zoo`, {
      value: 0,
    });
  }
  if (weights.cols !== layout.parameters) {
    const message = `${where}: rows have ${weights.cols} weights but their layout ${layout.parameters}; give the zoo's own layout`;
    throw new SpecError("representation/layout", message, { value: weights.cols });
  }
  const place = weights.data.findIndex((value) => !Number.isFinite(value));
  if (place < 0) return;
  const row = Math.floor(place / weights.cols);
  const message = `${where}: weight ${place % weights.cols} of row ${row} is ${weights.data[place]}; leave out diverged models`;
  throw new DataError("representation/nan", message, { value: row });
}

/** @throws SpecError "representation/layout" when the tensors differ in name, shape or place */
export function checkSameLayout(rows: WeightRows, fitted: WeightLayout, where: string): void {
  if (layoutText(rows.layout) === layoutText(fitted)) return;
  const message = `${where} was fitted on networks of ${fitted.parameters} weights (${shapesText(fitted)}) and cannot represent those of ${rows.layout.parameters} (${shapesText(rows.layout)})`;
  throw new SpecError("representation/layout", message, { value: rows.layout.parameters });
}

function layoutText({ tensors }: WeightLayout): string {
  return tensors.map(({ name, shape, offset }) => `${name} ${shape.join("x")} ${offset}`).join();
}

function shapesText({ tensors }: WeightLayout): string {
  return tensors.map(({ name, shape }) => `${name} ${shape.join(" x ")}`).join(", ");
}

/** A representation whose rows are checked before it sees them, in fitting and in transforming. */
export function checkedRepresentation(
  name: string,
  fitRows: (train: WeightRows, options: FitOptions) => Promise<FittedRepresentation>,
): Representation {
  return {
    name,
    async fit(train, options) {
      checkRows(train, name);
      if (options.validation) {
        checkSameLayout(options.validation, train.layout, name);
        checkRows(options.validation, `${name}, validation`);
      }
      const fitted = await fitRows(train, options);
      return {
        ...fitted,
        async transform(rows, transformOptions) {
          checkSameLayout(rows, train.layout, name);
          checkRows(rows, name);
          return fitted.transform(rows, transformOptions);
        },
      };
    },
  };
}
