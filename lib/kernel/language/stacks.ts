import { pathToFileURL } from "node:url";
import { projectRoot } from "../../core/environment.js";
import type { CellPositions } from "./positions.js";

/** Frames of a stack that belong to the kernel, not to the reader's code. */
const machinery =
  /[\\/]node_modules[\\/]tslab[\\/]|[\\/]dist[\\/]kernel[\\/]|node:(vm|internal|async_hooks)|processImmediate/;
/** The function that tslab wraps around a cell has no line of its own. */
const cellWrapper = /^\s*at (async )?cell\[\d+\]$/;

/** A frame without the place of this project on the machine, so that stored stacks are the same everywhere. */
function withoutRoot(frame: string): string {
  return frame.replace(pathToFileURL(projectRoot).href, "weightbook/").replace(projectRoot, "weightbook/");
}

/** Frames of a stack, one a line, as the reader knows the places; without the kernel's own. */
export function readableFrames(frames: readonly string[], positions: CellPositions | undefined): string[] {
  return frames
    .filter((frame) => !machinery.test(frame))
    .map((frame) => withoutRoot(positions?.translate(frame) ?? frame))
    .filter((frame) => !cellWrapper.test(frame));
}

/** Errors whose stacks are readable already. */
const prepared = new WeakSet<object>();

export function isPrepared(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && prepared.has(thrown);
}

/** Makes every stack of this process readable from the start, so that printed errors name lines of cells too. */
export function makeStacksReadable(positions: CellPositions): void {
  Error.prepareStackTrace = (error, sites) => {
    prepared.add(error);
    const frames = readableFrames(
      sites.map((site) => `    at ${site}`),
      positions,
    );
    return [Error.prototype.toString.call(error), ...frames].join("\n");
  };
}
