import { SpecError } from "../core/errors.js";

/** @throws SpecError "figure/empty" when there is nothing to draw */
export function checkPanels(panels: readonly unknown[], where: string): void {
  if (panels.length > 0) return;
  throw new SpecError("figure/empty", `${where} has nothing to draw; give at least one panel`, { value: 0 });
}
