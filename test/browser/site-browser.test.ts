import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findChromium } from "#lib/workbook/bench/chromium.js";
import { writeSite } from "#lib/workbook/site/write.js";
import { temporaryFolder } from "../notebooks/runner-fixtures.js";
import { writeSiteFixture } from "./site-fixture.js";

const executablePath = findChromium();

describe.skipIf(!executablePath)(
  "the site in Chromium (skipped where there is none: set CHROMIUM or run environment/setup-tests.sh)",
  () => {
    const { folder, remove } = temporaryFolder();
    const out = join(folder, "site");
    let browser: Browser;

    beforeAll(async () => {
      writeSite({ notebooks: writeSiteFixture(folder), out });
      browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    });
    afterAll(async () => {
      await browser?.close();
      remove();
    });

    /** Opens a page from disk; returns it with what it asked for and complained about. */
    async function open(name: string, options: Parameters<Browser["newContext"]>[0] = {}) {
      const page = await (await browser.newContext(options)).newPage();
      const requests: string[] = [];
      const complaints: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await page.goto(pathToFileURL(join(out, name)).href);
      return { page, requests, complaints };
    }

    /** Scrolls each figure into view and waits until it is drawn. */
    async function drawAll(page: Page): Promise<void> {
      const figures = page.locator(".plotly-figure");
      for (let i = 0; i < (await figures.count()); i++) {
        await figures.nth(i).scrollIntoViewIfNeeded();
        await page.locator(".plotly-figure.drawn").nth(i).waitFor({ timeout: 30_000 });
      }
    }

    it("draws every figure live, asks for nothing outside the disk, and has nothing to complain about", async () => {
      const { page, requests, complaints } = await open("03-pictures.html");
      expect(requests.some((address) => address.endsWith("plotly.js"))).toBe(false);
      await drawAll(page);
      expect(await page.locator(".drawn .main-svg").first().isVisible()).toBe(true);
      expect(await page.locator(".drawn canvas").count()).toBeGreaterThan(0);
      expect(await page.locator(".drawn .static:visible").count()).toBe(0);
      const outside = requests.filter((address) => !/^(file|data|blob):/.test(address));
      expect(outside).toEqual([]);
      expect(complaints).toEqual([]);
    });

    it("shows the still pictures without scripts, and on paper", async () => {
      const without = await open("03-pictures.html", { javaScriptEnabled: false });
      expect(await without.page.locator(".plotly-figure img.static:visible").count()).toBe(2);
      const { page } = await open("03-pictures.html");
      await drawAll(page);
      await page.emulateMedia({ media: "print" });
      expect(await page.locator(".plotly-figure img.static:visible").count()).toBe(2);
      expect(await page.locator(".live:visible").count()).toBe(0);
    });

    it("fits a telephone: no sideways scrolling, still pictures", async () => {
      for (const name of ["index.html", "03-pictures.html"]) {
        const { page } = await open(name, { viewport: { width: 390, height: 800 } });
        const width = await page.evaluate<number>("document.documentElement.scrollWidth");
        expect(width).toBe(390);
      }
    });

    it("has text that can be read in light and in dark", async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        const { page } = await open("03-pictures.html", { colorScheme });
        const colours = await page.evaluate<[string, string]>(
          "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))",
        );
        const [ink, paper] = colours.map(luminance);
        const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
        expect(contrast).toBeGreaterThan(7);
        expect(paper > ink).toBe(colorScheme === "light");
      }
    });

    it("is walked by keyboard: the first stop skips to the text", async () => {
      const { page } = await open("03-pictures.html");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      // The browser tells of its new place a moment later.
      await expect.poll(() => page.url()).toContain("#content");
    });
  },
);

/** Relative luminance of an rgb() colour (WCAG 2). */
function luminance(color: string): number {
  const [r, g, b] = (color.match(/\d+/g) ?? []).map((text) => {
    const value = Number(text) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
