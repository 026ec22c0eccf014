import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figureBundle, plotlyMime } from "#lib/figures/index.js";
import { findChromium } from "#lib/workbook/bench/chromium.js";
import { sampleFigures } from "../helpers/figures.js";

const executablePath = findChromium();
const reason = executablePath ? "" : " (skipped: no Chromium in PATH nor in CHROMIUM)";
const plotly = createRequire(import.meta.url).resolve("plotly.js-dist");

/** What the page found after drawing. */
interface Drawn {
  readonly points: number;
  readonly width: number;
  readonly text: string;
  readonly buttons: readonly string[];
}

/** Runs in the page, which is why it is text: the tests' types know no browser. */
const draw = `async (figure) => {
  const element = document.createElement("div");
  document.body.replaceChildren(element);
  await Plotly.newPlot(element, figure.data, figure.layout, figure.config);
  const drawn = {
    points: element.calcdata.reduce((sum, trace) => sum + trace.length, 0),
    width: element.querySelector("svg.main-svg").width.baseVal.value,
    text: element.textContent,
    buttons: [...element.querySelectorAll(".modebar-btn")].map((button) => button.dataset.title ?? ""),
  };
  Plotly.purge(element);
  return drawn;
}`;

describe.skipIf(!executablePath)(`plotly in a browser${reason}`, () => {
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-background-networking", "--enable-unsafe-swiftshader"],
    });
    page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // Drawing with a software GPU makes the browser itself talk; that is no fault of a figure.
      const isOurs = !/GPU stall|swiftshader/i.test(message.text());
      if (["error", "warning"].includes(message.type()) && isOurs) complaints.push(message.text());
    });
    await page.setContent("<body></body>");
    await page.addScriptTag({ path: plotly });
  });
  afterAll(() => browser?.close());

  test.each(Object.entries(sampleFigures()))(
    "draws %s without a complaint, in its size, with its title",
    async (_, figure) => {
      complaints = [];
      const json = JSON.stringify(figureBundle(figure)[plotlyMime]);
      const drawn = (await page.evaluate(`(${draw})(${json})`)) as Drawn;
      expect(complaints).toEqual([]);
      expect(drawn.points).toBeGreaterThan(0);
      expect(drawn.width).toBe(figure.width);
      expect(drawn.text).toContain(figure.title.slice(0, 30));
      expect(drawn.buttons.join(" ")).not.toMatch(/cloud|studio/i);
    },
  );
});
