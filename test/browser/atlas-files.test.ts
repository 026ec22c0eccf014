import { readFileSync } from "node:fs";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatNpy } from "#lib/core/npy.js";
import { RandomStream } from "#lib/core/random.js";
import { madeAtlas, madeTheta } from "#lib/workbook/bench/made-atlas.js";
import { writeSafetensors } from "#lib/zoo/store/safetensors.js";
import { AtlasBrowser, hasChromium, selectedText, skipped } from "./atlas-page.js";

const content = madeAtlas(300);
const columns = content.columns as Record<string, readonly string[]>;

describe.skipIf(!hasChromium)(`files that go in and out of the atlas in Chromium ${skipped}`, () => {
  const browser = new AtlasBrowser();
  let file: string;
  beforeAll(async () => {
    await browser.start();
    file = await browser.write(content);
  });
  afterAll(() => browser.stop());

  /** Drops files on the page as the system does. */
  async function drop(page: Page, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const given = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]);
    await page.evaluate(`((given) => {
      const transfer = new DataTransfer();
      for (const [name, text] of given) {
        transfer.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      }
      for (const kind of ["dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }
    })(${JSON.stringify(given)})`);
  }

  /** Weights as the models of one cluster have them. */
  const theta = (seed: number, count?: number) =>
    madeTheta(RandomStream.fromSeed(`guest ${seed}`), { init: 3, activation: 1, dataset: 0 }, count);

  it("places a dropped .npy beside the models that it is like", async () => {
    const { page, complaints } = await browser.open(file);
    await drop(page, { "black-box.npy": formatNpy(theta(1)) });
    await expect.poll(() => page.locator(".guest h3").allInnerTexts()).toEqual(["black-box.npy"]);
    await expect.poll(() => page.locator(".guest").innerText()).toContain("2,048 weights");
    const nearest = await page.locator(".guest .neighbors button").allInnerTexts();
    expect(nearest).toHaveLength(5);
    for (const name of nearest) {
      const model = Number(name.replace("model ", ""));
      expect([columns.init[model], columns.activation[model]]).toEqual(["normal", "relu"]);
    }
    await page.getByRole("button", { name: "Select its neighbours" }).click();
    await expect.poll(() => selectedText(page)).toBe("5 of 300 models selected");
    await page.getByRole("button", { name: "Remove black-box.npy" }).click();
    await expect.poll(() => page.locator(".guest").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it("joins the tensors of a safetensors file, chosen by the button", async () => {
    const { page } = await browser.open(file);
    const weights = theta(2, 4096);
    const path = join(browser.folder, "net.safetensors");
    const info = (name: string, count: number) => ({ name, dtype: "F32" as const, shape: [count] });
    const tensors = [info("0.weight", 4000), info("0.bias", 96)];
    await writeSafetensors(path, tensors, {}, [new Uint8Array(weights.buffer)]);
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Place a model…" }).click(),
    ]);
    await chooser.setFiles(path);
    await expect.poll(() => page.locator(".guest").innerText()).toContain("4,096 weights");
  });

  it("says what is wrong with files that cannot be placed, places the others, and goes on", async () => {
    const { page, complaints } = await browser.open(file);
    const sick = theta(3);
    sick[700] = Number.NaN;
    const text = new TextEncoder().encode("no weights at all, but long enough to be looked at");
    await drop(page, {
      "holiday.jpg": text,
      "broken.safetensors": text,
      "cut.npy": formatNpy(theta(4)).slice(0, 900),
      "sick.npy": formatNpy(sick),
      "tiny.npy": formatNpy(theta(5, 31)),
      "whole.npy": formatNpy(Int32Array.of(1, 2, 3)),
      "fine.npy": formatNpy(theta(6)),
    });
    await expect.poll(() => page.locator(".guest h3").allInnerTexts()).toEqual(["fine.npy"]);
    const problem = page.getByRole("alert");
    const lines = (await problem.locator("span").innerText()).split("\n");
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^"holiday\.jpg" is no weights file; drop a \.safetensors file or a \.npy file/);
    expect(lines[1]).toMatch(/^"broken\.safetensors" is not a whole safetensors file/);
    expect(lines[2]).toMatch(/^"cut\.npy" is truncated: 900 bytes of/);
    expect(lines[3]).toMatch(/^"sick\.npy" could not be placed: weight 700 is NaN/);
    expect(lines[4]).toMatch(
      /^"tiny\.npy" could not be placed: a vector of 31 weights cannot be cut into 32 windows/,
    );
    expect(lines[5]).toMatch(/^"whole\.npy" holds whole numbers/);
    await problem.getByRole("button", { name: "Close" }).click();
    expect(await problem.isVisible()).toBe(false);
    await page.locator(".surface").focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.locator(".model h3").count()).toBe(2);
    expect(complaints).toEqual([]);
  });

  it("says that an atlas without descriptors can place nothing", async () => {
    const { descriptors: _, ...without } = content;
    const { page } = await browser.open(await browser.write(without, "without.html"));
    await drop(page, { "fine.npy": formatNpy(theta(7)) });
    await expect.poll(() => page.getByRole("alert").innerText()).toContain("written without descriptors");
  });

  async function saved(page: Page, entry: string): Promise<{ name: string; bytes: Buffer }> {
    await page.locator(".bar .menu summary").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: entry }).click(),
    ]);
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }

  it("saves the selection as CSV and as JSON, with all digits", async () => {
    const { page } = await browser.open(file, { link: "#picked=gAgI" });
    await expect.poll(() => selectedText(page)).toBe("2 of 300 models selected");
    const csv = await saved(page, "Selection as CSV");
    expect(csv.name).toBe("selection.csv");
    const lines = csv.bytes.toString().trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^name,UMAP x,UMAP y,dataset,optimizer,/);
    expect(lines[1]).toContain(`model 2,${content.embeddings.UMAP[4]},`);
    expect(lines[1].endsWith(`,${(content.columns.test_accuracy as Float64Array)[2]}`)).toBe(true);
    const json = JSON.parse((await saved(page, "Selection as JSON")).bytes.toString());
    expect(json.models.map(({ name }: { name: string }) => name)).toEqual(["model 2", "model 5"]);
    expect(json.models[1].facts.init).toBe(columns.init[5]);
  });

  it("saves the map as SVG and as PNG", async () => {
    const { page } = await browser.open(file, { link: "#picked=gAgI&saved=A%20gAgI&colour=init" });
    const svg = await saved(page, "Map as SVG");
    const { document } = new JSDOM(svg.bytes.toString(), { contentType: "image/svg+xml" }).window;
    expect(document.querySelector("title")?.textContent).toBe("Made-up library: UMAP, 2 of 300 models");
    const dots = [...document.querySelectorAll("g path")].map(
      (path) => path.getAttribute("d")?.match(/M/g)?.length ?? 0,
    );
    expect(dots.reduce((sum, count) => sum + count, 0)).toBe(300);
    expect([...document.querySelectorAll("text")].map((text) => text.textContent)).toContain(
      "glorot_uniform",
    );
    const png = await saved(page, "Map as PNG");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(png.bytes.readUInt32BE(16)).toBe(2 * Number(document.documentElement.getAttribute("width")));
  });

  it("fits a telephone without sideways scrolling, in light and in dark", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await browser.open(file, { viewport: { width: 390, height: 800 }, colorScheme });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(390);
      const ground = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      expect(ground).toBe(colorScheme === "light" ? "rgb(253, 252, 249)" : "rgb(27, 26, 24)");
      await page
        .getByRole("button", { name: "Change to" })
        .or(page.locator(".bar .end button").last())
        .last()
        .click();
      expect(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).not.toBe(ground);
    }
  });

  it("says what is wrong with data that are damaged", async () => {
    const text = readFileSync(file, "utf8").replace(/(id="atlas-data">.{4000}).{200}/, "$1");
    const { page } = await browser.open(file);
    await page.setContent(text);
    await expect
      .poll(() => page.getByRole("alert").last().innerText())
      .toContain("The atlas cannot be opened");
  });
});
