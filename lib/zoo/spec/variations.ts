import type { VariableField, Variation, ZooSpec } from "../types.js";
import { variableFields } from "./variable-fields.js";

/** A variation that is a range to draw numbers from. */
export type NumberRange = Extract<Variation, { readonly low: number }>;

/** The fields that a specification varies, in the order of a grid. */
export function variedFields(spec: Pick<ZooSpec, "vary">): VariableField[] {
  return variableFields.filter((field) => spec.vary[field] !== undefined);
}

/** Whether every field that varies is a list, so that the zoo is a grid; else every model draws its fields. */
export function isGrid(spec: Pick<ZooSpec, "vary">): boolean {
  return Object.values(spec.vary).every((variation) => variation === undefined || isList(variation));
}

export function isList(variation: Variation): variation is readonly unknown[] {
  return Array.isArray(variation);
}

export function isRange(variation: Variation): variation is NumberRange {
  return "low" in variation;
}

/** The values a field may have: those of a list or choice, or the ends of a range. */
export function extremes(variation: Variation): readonly unknown[] {
  if (isList(variation)) return variation;
  return isRange(variation) ? [variation.low, variation.high] : variation.values;
}
