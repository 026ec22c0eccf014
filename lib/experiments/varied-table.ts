import { describeZoo } from "../zoo/describe.js";
import { valuesText } from "../zoo/describe-text.js";
import type { Zoo } from "../zoo/store/zoo.js";

/** The settings in which a zoo's models differ: each with its levels and how many models have them, or its range. */
export function variedTable(zoo: Zoo): { setting: string; levels: string }[] {
  return describeZoo(zoo).varies.map((varied) => ({
    setting: varied.column.replaceAll("_", " "),
    levels: valuesText(varied),
  }));
}
