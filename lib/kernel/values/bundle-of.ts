import type { MimeBundle } from "../../core/mime.js";
import { frameBundle, resultTableBundle } from "./frames.js";
import { inspection } from "./inspection.js";
import { matrixBundle } from "./matrices.js";
import { ownBundle } from "./own-method.js";
import { isObject } from "./reading.js";
import { recordsBundle } from "./records.js";
import { tensorBundle } from "./tensors.js";
import { plotlyBundle } from "./trace-figures.js";

/** What the kernel knows to show richly. The first that has a bundle shows the value. */
const views: readonly ((value: object) => MimeBundle | undefined | Promise<MimeBundle | undefined>)[] = [
  ownBundle,
  frameBundle,
  tensorBundle,
  matrixBundle,
  plotlyBundle,
  resultTableBundle,
  recordsBundle,
];

/**
 * The value of a cell's last expression as Jupyter shows it. It never throws, whatever the value does when it is read,
 * and always has "text/plain", a string.
 */
export async function bundleOf(value: unknown): Promise<MimeBundle> {
  if (isObject(value)) {
    for (const view of views) {
      try {
        const bundle = await view(value);
        if (bundle) return bundle;
      } catch {
        // The value looks like one of these but does not behave like one: it is shown as the next view, or printed.
      }
    }
  }
  return { "text/plain": inspection(value) };
}
