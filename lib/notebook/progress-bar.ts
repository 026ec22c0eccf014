import type { OnProgress, Progress } from "../core/progress.js";
import { display, isNotebook } from "./display.js";

/** Milliseconds between two updates. */
const everyMs = 200;

let barsMade = 0;

/**
 * A progress line for long work: pass it as `onProgress`. In a notebook one output is updated in place, at most five
 * times a second, and ends as a line without rates or times, so that a committed notebook changes only when its
 * results do; in a terminal the line is written over itself.
 * @param label shown instead of the work's own; without it each piece of work gets a line
 */
export function progressBar(label?: string): OnProgress {
  const lines = new Map<string, ProgressLine>();
  return (progress) => {
    const name = label ?? progress.label;
    const line = lines.get(name) ?? new ProgressLine(name);
    lines.set(name, line);
    line.update(progress);
  };
}

class ProgressLine {
  private readonly id = `weightbook-progress-${++barsMade}`;
  private shownAt = Number.NEGATIVE_INFINITY;
  private shown = "";

  constructor(private readonly label: string) {}

  update(progress: Progress): void {
    const now = performance.now();
    const isFinished = progress.done >= progress.total;
    if (!isFinished && now - this.shownAt < everyMs) return;
    const text = isFinished ? finalLine(this.label) : runningLine(this.label, progress);
    // Work in several parts ends several times under one label.
    if (text === this.shown) return;
    if (isNotebook()) display({ "text/plain": text }, { displayId: this.id, update: this.shown !== "" });
    else showInTerminal(text, isFinished);
    this.shownAt = now;
    this.shown = text;
  }
}

/** On the error stream, so that results can be piped; without a terminal only the last line. */
function showInTerminal(text: string, isFinished: boolean): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}${isFinished ? "\n" : ""}`);
  else if (isFinished) process.stderr.write(`${text}\n`);
}

function runningLine(label: string, progress: Progress): string {
  const { done, total, unit, ratePerSecond, secondsLeft } = progress;
  const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
  const parts = [`${label} ${percent} %`, `${done}/${total} ${unit}`];
  if (ratePerSecond > 0) parts.push(`${Number(ratePerSecond.toPrecision(3))}/s`);
  if (Number.isFinite(secondsLeft)) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(" · ");
}

function finalLine(label: string): string {
  return `${label}: done`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
