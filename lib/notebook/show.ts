import { type Figure, figureBundle } from "../figures/index.js";
import { display } from "./display.js";

/**
 * Shows a figure as the output of a cell: interactive where the front end knows plotly, a picture elsewhere. Outside
 * a notebook its title and description are printed.
 * @throws SpecError when the figure holds too many points for a notebook
 */
export function show(figure: Figure): void {
  display(figureBundle(figure));
}
