import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { type AtlasContent, writeAtlas } from "#lib/atlas/index.js";
import { fitCamera } from "#lib/atlas/state/camera.js";
import { findChromium } from "#lib/workbook/bench/chromium.js";

export const executablePath = findChromium();
export const hasChromium = executablePath !== undefined;
export const skipped = "(skipped where there is no Chromium: set CHROMIUM or run environment/setup-tests.sh)";

/** An atlas that is open in a browser, and what the page asked for and complained about. */
export interface OpenAtlas {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

/** Writes atlases into a folder of its own and opens them in one browser. */
export class AtlasBrowser {
  readonly folder = mkdtempSync(join(tmpdir(), "atlas-"));
  private browser: Browser | undefined;

  async start(): Promise<void> {
    this.browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--enable-unsafe-swiftshader"],
    });
  }

  async stop(): Promise<void> {
    await this.browser?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes an atlas; returns its path. */
  async write(content: AtlasContent, name = "atlas.html"): Promise<string> {
    return (await writeAtlas(content, join(this.folder, name))).file;
  }

  /**
   * Opens a page from disk and waits until it answers.
   * @param prepare scripts that run in the page before its own
   */
  async open(
    file: string,
    options: Parameters<Browser["newContext"]>[0] & { link?: string; prepare?: string } = {},
  ): Promise<OpenAtlas> {
    const { link = "", prepare, ...settings } = options;
    const context: BrowserContext = await this.browser!.newContext({
      viewport: { width: 1300, height: 850 },
      offline: true,
      ...settings,
    });
    const page = await context.newPage();
    if (prepare) await page.addInitScript({ content: prepare });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(pathToFileURL(file).href + link);
    await expect
      .poll(() => page.evaluate<number>("performance.getEntriesByName('atlas ready').length"), {
        timeout: 20_000,
      })
      .toBe(1);
    return { page, requests, complaints };
  }
}

/** Where a place of an embedding lies on the screen while the map shows all points. */
export async function screenOf(
  page: Page,
  points: Float32Array,
): Promise<(x: number, y: number) => [number, number]> {
  // The plane's border is no part of the picture.
  const { x: left, y: top, width, height } = await boxOf(page.locator(".surface"));
  const camera = fitCamera(points, width, height);
  return (x, y) => [
    left + width / 2 + (x - camera.x) * camera.scale,
    top + height / 2 - (y - camera.y) * camera.scale,
  ];
}

/** Where an element is, once it has stopped moving: views are laid out anew while the page opens. */
export async function boxOf(element: Locator) {
  let box = await element.boundingBox();
  for (let look = 0; look < 100; look++) {
    await element.page().waitForTimeout(50);
    const before = box;
    box = await element.boundingBox();
    if (box && JSON.stringify(box) === JSON.stringify(before)) return box;
  }
  throw new Error("the element does not come to rest");
}

/** Drags along places of the screen, with keys held down. */
export async function drag(
  page: Page,
  places: readonly (readonly [number, number])[],
  keys: readonly string[] = [],
): Promise<void> {
  for (const key of keys) await page.keyboard.down(key);
  await page.mouse.move(...places[0]);
  await page.mouse.down();
  for (const place of places.slice(1)) await page.mouse.move(...place, { steps: 8 });
  await page.mouse.up();
  for (const key of keys) await page.keyboard.up(key);
}

/** The line that says how many models are selected. */
export const selectedText = (page: Page) => page.locator(".count-line").innerText();

/** The part of the address that holds the state, once it was written there. */
export async function linkOf(page: Page): Promise<string> {
  await page.waitForTimeout(450);
  return page.evaluate<string>("location.hash");
}
