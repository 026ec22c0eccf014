import type { Progress } from "../core/progress.js";

/** Shows how far long work is in one line of the terminal that rewrites itself. */
export function showProgress({ label, done, total, unit, secondsLeft }: Progress): void {
  const left = Number.isFinite(secondsLeft) ? `, ${Math.ceil(secondsLeft)} s left` : "";
  const end = done >= total ? "\n" : "";
  process.stderr.write(`\r\u001b[K${label}: ${done} of ${total} ${unit}${left}${end}`);
}
