import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { madeAtlas } from "#lib/workbook/bench/made-atlas.js";
import { AtlasBrowser, boxOf, drag, hasChromium, selectedText, skipped } from "./atlas-page.js";

const content = madeAtlas(300);
const columns = content.columns as Record<string, readonly string[]> & { test_accuracy: Float64Array };
const names = ["dataset", "optimizer", "activation", "init", "batch_size", "learning_rate", "test_accuracy"];

describe.skipIf(!hasChromium)(`the views beside the map of the atlas in Chromium ${skipped}`, () => {
  const browser = new AtlasBrowser();
  let file: string;
  beforeAll(async () => {
    await browser.start();
    file = await browser.write(content);
  });
  afterAll(() => browser.stop());

  const heads = (page: Page) => page.locator(".head");
  const axesOf = async (page: Page) =>
    page.evaluate<string[]>("[...document.querySelectorAll('.head')].map((head) => head.dataset.axis)");

  /** Drags along an axis between two shares of its height, 0 at its lower end. */
  async function brush(page: Page, axis: number, from: number, to: number): Promise<void> {
    const target = page.locator(".target").nth(axis);
    await target.scrollIntoViewIfNeeded();
    const box = await boxOf(target);
    const x = box.x + box.width / 2;
    const y = (share: number) => box.y + box.height * (1 - share);
    await drag(page, [[x, y(from)], [x, y(to)]]); // biome-ignore format: two places
  }

  it("brushes an axis of levels by whole bands, one of numbers where the hand was, and both narrow each other", async () => {
    const { page } = await browser.open(file);
    await brush(page, names.indexOf("init"), 0.05, 0.2);
    const constant = columns.init.filter((init) => init === "constant").length;
    await expect.poll(() => selectedText(page)).toBe(`${constant} of 300 models selected`);
    await brush(page, names.indexOf("test_accuracy"), 0.0, 0.5);
    const both = Number.parseInt(await selectedText(page), 10);
    expect(both).toBeGreaterThan(0);
    expect(both).toBeLessThan(constant);
    await expect
      .poll(() => page.locator(".selection").innerText())
      .toContain("Narrowed by brushes on init, test_accuracy.");
    // A drag is one step.
    await page.keyboard.press("Control+z");
    await expect.poll(() => selectedText(page)).toBe(`${constant} of 300 models selected`);
    const target = await boxOf(page.locator(".target").nth(names.indexOf("init")));
    await page.mouse.click(target.x + 14, target.y + 20);
    await expect.poll(() => selectedText(page)).toBe("300 models, none selected");
  });

  it("reorders axes by dragging a name", async () => {
    const { page } = await browser.open(file);
    await expect.poll(() => axesOf(page)).toEqual(names);
    const from = await boxOf(heads(page).nth(0));
    const to = await boxOf(heads(page).nth(2));
    await drag(page, [
      [from.x + from.width / 2, from.y + 8],
      [to.x + to.width / 2 + 4, to.y + 8],
    ]);
    const first = async () => (await axesOf(page)).slice(0, 3);
    await expect.poll(first).toEqual(["optimizer", "activation", "dataset"]);
    await page.keyboard.press("Control+z");
    await expect.poll(() => axesOf(page)).toEqual(names);
  });

  it("reorders and brushes axes by keys, and says so", async () => {
    const { page } = await browser.open(file);
    await heads(page).nth(3).focus();
    await page.keyboard.press("ArrowLeft");
    await expect
      .poll(() => axesOf(page))
      .toEqual([...names.slice(0, 2), "init", "activation", ...names.slice(4)]);
    await page.keyboard.press("ArrowDown");
    const label = () => page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
    await expect.poll(label).toBe("init, axis 3 of 7, brushed constant");
    await page.keyboard.press("ArrowUp");
    await expect.poll(label).toContain("brushed glorot_normal");
    await page.keyboard.press("Shift+ArrowUp");
    await expect.poll(label).toContain("brushed glorot_normal to glorot_uniform");
    const glorot = columns.init.filter((init) => init.startsWith("glorot")).length;
    await expect.poll(() => selectedText(page)).toBe(`${glorot} of 300 models selected`);
    await page.keyboard.press("Delete");
    await expect.poll(label).toContain("no brush");
  });

  it("adds and removes axes", async () => {
    const { page } = await browser.open(file);
    await page.locator(".coordinates summary").click();
    await page.locator(".coordinates .items").getByLabel("optimizer").uncheck();
    await expect.poll(() => axesOf(page)).toEqual(names.filter((name) => name !== "optimizer"));
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator(".coordinates .items").isVisible()).toBe(false);
  });

  it("searches, sorts and selects in the table", async () => {
    const { page } = await browser.open(file);
    await page.getByRole("searchbox").fill("mnist test_accuracy>0.5");
    const hits = columns.dataset.filter(
      (set, i) => set.includes("mnist") && columns.test_accuracy[i] > 0.5,
    ).length;
    await expect.poll(() => page.locator(".table [role=status]").innerText()).toBe(`${hits} of 300 shown`);
    await page.locator(".table thead button", { hasText: "test_accuracy" }).click();
    await expect.poll(() => firstCell(page, 7)).toBe(greatestOfMnist());
    await page.getByRole("button", { name: "Select matches" }).click();
    await expect.poll(() => selectedText(page)).toBe(`${hits} of 300 models selected`);
    await page.getByRole("searchbox").fill("nowhere>3");
    await expect
      .poll(() => page.locator(".table [role=status]").innerText())
      .toContain('there is no column "nowhere"');
  });

  it("scrolls a table of which only the seen rows are there, by keys as well", async () => {
    const { page } = await browser.open(file);
    await expect.poll(() => page.locator(".table tbody tr").count()).toBeLessThan(60);
    await page.locator(".table tbody tr[tabindex='0']").focus();
    await page.keyboard.press("End");
    const held = () => page.evaluate<string>("document.activeElement.querySelector('th')?.textContent ?? ''");
    await expect.poll(held).toBe("model 299");
    await page.keyboard.press("ArrowUp");
    await expect.poll(held).toBe("model 298");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".model h3").innerText()).toBe("model 298");
    await page.keyboard.press(" ");
    await expect.poll(() => selectedText(page)).toBe("1 of 300 models selected");
    await expect.poll(() => page.locator(".table tr[aria-selected=true]").count()).toBe(1);
  });

  it("shows mean, deviation and difference of two selections, and each selected model", async () => {
    const { page } = await browser.open(file);
    await brush(page, names.indexOf("init"), 0.05, 0.2);
    await page.getByRole("button", { name: "Keep as A" }).click();
    await page.getByRole("button", { name: "Invert" }).click();
    await page.getByRole("button", { name: "Keep as B" }).click();
    await page.getByRole("combobox", { name: "A", exact: true }).selectOption("A");
    await page.getByRole("combobox", { name: "B", exact: true }).selectOption("B");
    const captions = await page.locator(".descriptors figcaption strong").allInnerTexts();
    expect(captions).toEqual(["Mean of A", "Deviation of A", "Mean of B", "Deviation of B", "A minus B"]);
    const label = await page.locator(".descriptors .heat").first().getAttribute("aria-label");
    expect(label).toMatch(
      /^Mean of A: 32 windows from the first layers \(top\) to the last, 32 bins of weights from -5 to 5/,
    );
    const gallery = page.locator(".descriptors .picture");
    expect(await gallery.count()).toBe(12);
    await page.getByRole("button", { name: "Show more" }).click();
    expect(await gallery.count()).toBe(24);
    const name = await gallery.nth(3).innerText();
    await gallery.nth(3).click();
    await expect.poll(() => page.locator(".model h3").innerText()).toBe(name);
  });

  it("finds a model's nearest neighbours by descriptor", async () => {
    const { page } = await browser.open(file);
    await page.getByRole("searchbox").fill('"model 17"');
    await page.locator(".table tr[data-model='17']").click();
    await expect.poll(() => page.locator(".neighbors li").count()).toBe(8);
    const nearest = await page.locator(".neighbors button").first().innerText();
    // Models of equal settings and template lie nearest: made so.
    const [model, other] = [17, Number(nearest.replace("model ", ""))];
    expect(columns.init[other]).toBe(columns.init[model]);
    expect(columns.activation[other]).toBe(columns.activation[model]);
    await page.getByRole("button", { name: "Select these" }).click();
    await expect.poll(() => selectedText(page)).toBe("9 of 300 models selected");
  });

  it("has a name for everything that can be operated", async () => {
    const { page } = await browser.open(file);
    const nameless = await page.evaluate<string[]>(
      `[...document.querySelectorAll("button, input:not(.unseen), select, [role=application]")].filter((one) => {
        const labels = [...(one.labels ?? [])].map((label) => label.textContent).join("");
        return !(one.getAttribute("aria-label") ?? one.textContent ?? "").trim() && !labels.trim();
      }).map((one) => one.outerHTML)`,
    );
    expect(nameless).toEqual([]);
    await expect.poll(() => page.locator("h1").count()).toBe(1);
  });
});

const firstCell = (page: Page, column: number) =>
  page.locator(".table tbody tr[data-model]").first().locator("td, th").nth(column).innerText();

function greatestOfMnist(): string {
  const most = Math.max(...columns.test_accuracy.filter((_, i) => columns.dataset[i].includes("mnist")));
  return String(Number(most.toPrecision(4)));
}
