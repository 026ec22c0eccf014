import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type WrittenAtlas, writeAtlas } from "../../atlas/index.js";
import { throwIfAborted } from "../../core/errors.js";
import { type BenchBrowser, type BenchPage, startChromium } from "./chromium.js";
import { type BenchLine, machineName } from "./line.js";
import { madeAtlas } from "./made-atlas.js";
import { round, timesOf } from "./measure.js";

interface Case {
  readonly models: number;
  /** Windows and bins of the descriptors; none for the case that is about drawing only. */
  readonly windows: number;
  readonly measure: (browser: BenchBrowser, atlas: WrittenAtlas) => Promise<readonly Measured[]>;
}

interface Measured {
  readonly metric: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly device: string;
}

const cases: Readonly<Record<string, Case>> = {
  "atlas-open-13000": { models: 13_000, windows: 32, measure: measureOpening },
  "atlas-frame-100000": { models: 100_000, windows: 0, measure: measureFrames },
};

/** Names of all cases of the atlas. */
export const atlasCaseNames: readonly string[] = Object.keys(cases);

const rounds = 5;

/**
 * Runs the cases of the atlas that are asked for, in the machine's Chromium without a window: `device` says what drew,
 * which is a processor where there is no graphics card. There is no rival.
 */
export async function benchAtlas(
  names: readonly string[],
  _withPeer: boolean,
  signal: AbortSignal,
  onLine: (line: BenchLine) => void,
): Promise<void> {
  const browser = await startChromium();
  const folder = mkdtempSync(join(tmpdir(), "atlas-bench-"));
  try {
    for (const name of names) {
      throwIfAborted(signal, "the benchmark");
      const { models, windows, measure } = cases[name];
      const atlas = await writeAtlas(madeAtlas(models, windows), join(folder, `${name}.html`));
      for (const { metric, unit, values, device } of await measure(browser, atlas)) {
        const common = { bench: "atlas", case: name, threads: 1, peer: null, ratio: null };
        onLine({ ...common, metric, unit, ours: timesOf(values), device, machine: machineName() });
      }
    }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds from opening to answering, milliseconds from the end of a lasso until all views show it, and the page's size. */
async function measureOpening(browser: BenchBrowser, { file, bytes }: WrittenAtlas): Promise<Measured[]> {
  const opened: number[] = [];
  const linked: number[] = [];
  let device = "";
  for (let i = 0; i < rounds; i++) {
    const page = await browser.newPage();
    opened.push((await openPage(page, file)) / 1000);
    await pause(page, 1500);
    for (let j = 0; j < 3; j++) await lasso(page, 0.45 + 0.05 * j);
    linked.push(
      ...(await page.evaluate<number[]>(
        "performance.getEntriesByName('atlas linked').map((it) => it.duration)",
      )),
    );
    device = await deviceOf(page, browser);
    await page.close();
  }
  return [
    { metric: "open", unit: "s", values: opened, device },
    { metric: "lasso to linked views", unit: "ms", values: linked, device },
    { metric: "page", unit: "MB", values: [round(bytes / 1e6)], device },
  ];
}

/** Milliseconds between frames while the map is panned and zoomed in each: the median and the slowest twentieth. */
async function measureFrames(browser: BenchBrowser, { file }: WrittenAtlas): Promise<Measured[]> {
  const page = await browser.newPage();
  await openPage(page, file);
  await pause(page, 3000);
  const device = await deviceOf(page, browser);
  const results: Measured[] = [];
  for (const [metric, script] of Object.entries({ pan: panScript, zoom: zoomScript })) {
    const frames: number[][] = [];
    for (let i = 0; i < rounds; i++) frames.push(await page.evaluate<number[]>(script));
    const late = frames.map((each) => [...each].sort((a, b) => a - b)[Math.floor(0.95 * each.length)]);
    results.push({ metric: `${metric} frame`, unit: "ms", values: frames.flat(), device });
    results.push({ metric: `${metric} frame, 95th percentile`, unit: "ms", values: late, device });
  }
  await page.close();
  return results;
}

/** Opens a page; the promise holds the milliseconds until it answers. */
async function openPage(page: BenchPage, file: string): Promise<number> {
  await page.goto(pathToFileURL(file).href);
  for (;;) {
    const [ready] = await page.evaluate<number[]>(
      "performance.getEntriesByName('atlas ready').map((mark) => mark.startTime)",
    );
    if (ready !== undefined) return ready;
    await pause(page, 50);
  }
}

const pause = (page: BenchPage, ms: number) =>
  page.evaluate<void>(`new Promise((resolve) => setTimeout(resolve, ${ms}))`);

async function deviceOf(page: BenchPage, { version }: BenchBrowser): Promise<string> {
  const renderer = await page.evaluate<string>(`(() => {
    const gl = document.createElement("canvas").getContext("webgl2");
    return gl?.getParameter(gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER) ?? "canvas";
  })()`);
  return `Chromium ${version}, ${renderer}`;
}

/** Draws a lasso over the left part of the map and waits until it was measured. */
async function lasso(page: BenchPage, share: number): Promise<void> {
  const { x, y, width, height } = await page.evaluate<{
    x: number;
    y: number;
    width: number;
    height: number;
  }>("document.querySelector('.surface').getBoundingClientRect().toJSON()");
  const corners = [[0.02, 0.02], [share, 0.03], [share + 0.02, 0.97], [0.03, 0.95]]; // biome-ignore format: corners
  await page.mouse.move(x + corners[0][0] * width, y + corners[0][1] * height);
  await page.mouse.down();
  for (const [left, top] of corners.slice(1)) {
    await page.mouse.move(x + left * width, y + top * height, { steps: 12 });
  }
  await page.mouse.up();
  await pause(page, 1200);
}

/** Calls `act(i)` in each of 90 frames and gives the times between them. */
const framesOf = (act: string) => `new Promise((resolve) => {
  const surface = document.querySelector(".surface");
  const box = surface.getBoundingClientRect();
  const at = (x, y) => ({ clientX: box.x + x * box.width, clientY: box.y + y * box.height, bubbles: true });
  const act = ${act};
  const times = [];
  const frame = (now) => {
    times.push(now);
    if (times.length > 90) resolve(times.slice(1).map((time, i) => time - times[i]));
    else {
      act(times.length);
      requestAnimationFrame(frame);
    }
  };
  requestAnimationFrame(frame);
})`;

const zoomScript = framesOf(`(i) => surface.dispatchEvent(
  new WheelEvent("wheel", { ...at(0.4, 0.5), deltaY: i % 60 < 30 ? -40 : 40, cancelable: true }))`);

const panScript = framesOf(`(i) => surface.dispatchEvent(
  new KeyboardEvent("keydown", { key: i % 40 < 20 ? "ArrowLeft" : "ArrowRight", shiftKey: true, bubbles: true }))`);
