import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bounds, boxPolygon, insidePolygon } from "#lib/atlas/state/geometry.js";
import { madeAtlas } from "#lib/workbook/bench/made-atlas.js";
import {
  AtlasBrowser,
  boxOf,
  drag,
  hasChromium,
  linkOf,
  screenOf,
  selectedText,
  skipped,
} from "./atlas-page.js";

const content = madeAtlas(300);
const points = content.embeddings.UMAP;
/** A box and a triangle of the plane with their models. */
const [, most, low, high] = bounds(points);
const right = { x0: 2, y0: low - 0.2, x1: most + 0.2, y1: high + 0.2 };
const inBox = insidePolygon(points, boxPolygon(right.x0, right.y0, right.x1, right.y1));
const triangle = [-8, low - 0.2, 8, low - 0.2, 0, 5];
const inTriangle = insidePolygon(points, triangle);

describe.skipIf(!hasChromium)(`the map of the atlas in Chromium ${skipped}`, () => {
  const browser = new AtlasBrowser();
  let file: string;
  beforeAll(async () => {
    await browser.start();
    file = await browser.write(content);
  });
  afterAll(() => browser.stop());

  async function selectBox(page: Page, keys: readonly string[] = []): Promise<void> {
    const at = await screenOf(page, points);
    await page.getByRole("button", { name: "Box" }).click();
    await drag(page, [at(right.x0, right.y0), at(right.x1, right.y1)], keys);
  }

  async function selectTriangle(page: Page, keys: readonly string[] = []): Promise<void> {
    const at = await screenOf(page, points);
    await page.getByRole("button", { name: "Lasso" }).click();
    const corners = [0, 2, 4, 0].map((i) => at(triangle[i], triangle[i + 1]));
    await drag(page, corners, keys);
  }

  it("opens offline from disk, asks for nothing, and draws by WebGL", async () => {
    const { page, requests, complaints } = await browser.open(file);
    expect(await page.locator(".plane").getAttribute("data-renderer")).toBe("webgl");
    await expect.poll(() => selectedText(page)).toBe("300 models, none selected");
    expect(requests.filter((address) => !/^(file|data|blob):/.test(address))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("selects by box and by lasso: the very models inside", async () => {
    const { page } = await browser.open(file);
    expect(inBox.length).toBeGreaterThan(20);
    await selectBox(page);
    await expect.poll(() => selectedText(page)).toBe(`${inBox.length} of 300 models selected`);
    await selectTriangle(page);
    // A hand's lasso has its corners a few pixels off.
    const count = Number.parseInt(await selectedText(page), 10);
    expect(Math.abs(count - inTriangle.length)).toBeLessThanOrEqual(3);
  });

  it("adds with Shift, takes out with Alt", async () => {
    const { page } = await browser.open(file);
    await selectTriangle(page);
    const count = Number.parseInt(await selectedText(page), 10);
    await selectBox(page, ["Shift"]);
    const both = Number.parseInt(await selectedText(page), 10);
    expect(both).toBeGreaterThan(Math.max(count, inBox.length));
    await selectBox(page, ["Alt"]);
    await expect.poll(() => selectedText(page)).toBe(`${both - inBox.length} of 300 models selected`);
  });

  it("selects one model by a click, more by Ctrl, none by a click beside them", async () => {
    const { page } = await browser.open(file);
    const at = await screenOf(page, points);
    await page.mouse.click(...at(points[0], points[1]));
    await expect.poll(() => selectedText(page)).toBe("1 of 300 models selected");
    await expect.poll(() => page.locator(".model h3").innerText()).toMatch(/^model \d+$/);
    await page.keyboard.down("Control");
    await page.mouse.click(...at(points[20], points[21]));
    await page.keyboard.up("Control");
    await expect.poll(() => selectedText(page)).toBe("2 of 300 models selected");
    const box = await boxOf(page.locator(".surface"));
    await page.mouse.click(box!.x + 4, box!.y + 4);
    await expect.poll(() => selectedText(page)).toBe("300 models, none selected");
  });

  it("undoes and redoes by buttons and keys", async () => {
    const { page } = await browser.open(file);
    await selectBox(page);
    await page.getByRole("button", { name: "Keep as A" }).click();
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => selectedText(page)).toContain("none selected");
    await page.keyboard.press("Control+z");
    await expect.poll(() => selectedText(page)).toContain(`${inBox.length} of`);
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => page.locator(".saved li").count()).toBe(0);
    await page.keyboard.press("Control+y");
    await page.keyboard.press("Control+Shift+z");
    await expect.poll(() => page.locator(".saved li").count()).toBe(1);
    await expect.poll(() => selectedText(page)).toContain("none selected");
    await expect.poll(() => page.getByRole("button", { name: "Redo" }).isDisabled()).toBe(true);
  });

  it("stays where one looks when a step is undone", async () => {
    const { page } = await browser.open(file);
    await selectBox(page);
    await page.locator(".surface").focus();
    await page.keyboard.press("+");
    const camera = /camera=[^&]*/.exec(await linkOf(page))?.[0];
    expect(camera).toBeDefined();
    await page.keyboard.press("Control+z");
    await expect.poll(() => selectedText(page)).toContain("none selected");
    expect(await linkOf(page)).toBe(`#${camera}`);
  });

  it("keeps several named selections, and renames, shows and deletes them", async () => {
    const { page } = await browser.open(file);
    await selectBox(page);
    await page.getByRole("button", { name: "Keep as A" }).click();
    await page.getByRole("button", { name: "Invert" }).click();
    await page.getByRole("button", { name: "Keep as B" }).click();
    expect(await page.locator(".saved .count").allInnerTexts()).toEqual([
      `${inBox.length} models`,
      `${300 - inBox.length} models`,
    ]);
    const name = page.getByLabel("Name of selection A");
    await name.fill("high performers");
    await name.press("Enter");
    await page.getByRole("button", { name: "Show selection high performers" }).click();
    await expect.poll(() => selectedText(page)).toContain(`${inBox.length} of`);
    const other = page.getByLabel("Name of selection B");
    await other.fill("all");
    await other.press("Enter");
    expect(await other.inputValue()).toBe("B");
    await page.getByRole("button", { name: "Delete selection B" }).click();
    await expect.poll(() => page.locator(".saved li").count()).toBe(1);
  });

  it("holds its state in the address: a link brings everything back", async () => {
    const { page } = await browser.open(file);
    await selectBox(page);
    await page.getByRole("button", { name: "Keep as A" }).click();
    await page.getByRole("combobox", { name: "Colour" }).selectOption("init");
    await page.getByRole("combobox", { name: "Embedding" }).selectOption("UMAP turned");
    await page.locator(".surface").focus();
    await page.keyboard.press("+");
    await page.keyboard.press("ArrowRight");
    const model = await page.locator(".model h3").innerText();
    const link = await linkOf(page);
    const again = await browser.open(file, { link });
    await expect.poll(() => selectedText(again.page)).toBe(`${inBox.length} of 300 models selected`);
    await expect.poll(() => again.page.locator(".saved li").count()).toBe(1);
    await expect.poll(() => again.page.getByRole("combobox", { name: "Colour" }).inputValue()).toBe("init");
    await expect
      .poll(() => again.page.getByRole("combobox", { name: "Embedding" }).inputValue())
      .toBe("UMAP turned");
    await expect.poll(() => again.page.locator(".model h3").innerText()).toBe(model);
    expect(await linkOf(again.page)).toBe(link);
  });

  it("opens with a link that makes no sense", async () => {
    const { page, complaints } = await browser.open(file, {
      link: "#picked=bx%&saved=&colour=no&brush=init%209%20z&camera=a&model=9999&compared=x",
    });
    await expect.poll(() => selectedText(page)).toBe("300 models, none selected");
    expect(complaints).toEqual([]);
  });

  it("colours by any column, and its legend selects levels", async () => {
    const { page } = await browser.open(file);
    await expect
      .poll(() => page.locator(".legend").innerText())
      .toContain("test_accuracy within its dataset");
    await page.getByLabel("within each dataset").uncheck();
    await expect.poll(() => page.locator(".legend").innerText()).not.toContain("within");
    await page.getByRole("combobox", { name: "Colour" }).selectOption("init");
    const level = page.locator(".legend .level", { hasText: "glorot_uniform" });
    const count = Number(await level.locator(".count").innerText());
    await level.click();
    await expect.poll(() => selectedText(page)).toBe(`${count} of 300 models selected`);
    // Every level has a colour of its own.
    const colors = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.swatch')].map((one) => getComputedStyle(one).backgroundColor)",
    );
    expect(new Set(colors).size).toBe(4);
  });

  it("grays what is not selected and hides nothing", async () => {
    const { page } = await browser.open(file, { prepare: keepPixels });
    const before = await inkedPixels(page);
    await selectBox(page);
    const after = await inkedPixels(page);
    expect(after.all).toBeGreaterThan(0.9 * before.all);
    expect(before.gray).toBeLessThan(0.05 * before.all);
    expect(after.gray).toBeGreaterThan(0.3 * after.all);
  });

  it("zooms by wheel and buttons, pans by dragging, and shows all again", async () => {
    const { page } = await browser.open(file);
    const box = await boxOf(page.locator(".surface"));
    const [x, y] = [box!.x + box!.width / 2, box!.y + box!.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -400);
    const zoomed = await linkOf(page);
    expect(zoomed).toContain("camera=");
    await page.getByRole("button", { name: "Move" }).click();
    await drag(page, [[x, y], [x + 90, y + 40]]); // biome-ignore format: two places
    expect(await linkOf(page)).not.toBe(zoomed);
    await expect.poll(() => selectedText(page)).toContain("none selected");
    await page.getByRole("button", { name: "Show all points" }).click();
    expect(await linkOf(page)).toBe("");
  });

  it("is walked by keys, and says where it is", async () => {
    const { page } = await browser.open(file);
    await page.locator(".surface").focus();
    await page.keyboard.press("ArrowRight");
    const first = await page.locator(".model h3").innerText();
    await expect.poll(() => page.locator(".unseen[role=status]").innerText()).toContain(first);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.locator(".model h3").innerText()).not.toBe(first);
    await page.keyboard.press("Enter");
    await expect.poll(() => selectedText(page)).toContain("1 of");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press(" ");
    await expect.poll(() => selectedText(page)).toContain("2 of");
    await expect.poll(() => page.locator(".unseen[role=status]").innerText()).toBe("2 models selected");
    await page.keyboard.press("n");
    await expect.poll(() => selectedText(page)).toContain("9 of");
    await page.keyboard.press("Escape");
    await expect.poll(() => selectedText(page)).toContain("none selected");
  });

  it("draws on a plain canvas where there is no WebGL", async () => {
    const { page, complaints } = await browser.open(file, { prepare: withoutWebgl });
    expect(await page.locator(".plane").getAttribute("data-renderer")).toBe("canvas");
    expect((await inkedPixels(page)).all).toBeGreaterThan(1000);
    await selectBox(page);
    await expect.poll(() => selectedText(page)).toBe(`${inBox.length} of 300 models selected`);
    expect((await inkedPixels(page)).gray).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
  });
});

const withoutWebgl = `const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  return kind.startsWith("webgl") ? null : original.call(this, kind, options);
};`;

/** Lets a test read what WebGL drew after the frame is over. */
const keepPixels = `const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  return original.call(this, kind, { ...options, preserveDrawingBuffer: true });
};`;

/** Pixels of the map that are not ground: all, and those that are gray. */
async function inkedPixels(page: Page): Promise<{ all: number; gray: number }> {
  await page.waitForTimeout(200);
  return page.evaluate(`(() => {
    const source = document.querySelector(".points");
    const canvas = document.createElement("canvas");
    canvas.width = source.width;
    canvas.height = source.height;
    const context = canvas.getContext("2d");
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let all = 0;
    let gray = 0;
    for (let i = 0; i < data.length; i += 4) {
      const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
      if (Math.abs(r - 253) + Math.abs(g - 252) + Math.abs(b - 249) < 40) continue;
      all++;
      if (Math.max(r, g, b) - Math.min(r, g, b) < 20) gray++;
    }
    return { all, gray };
  })()`);
}
