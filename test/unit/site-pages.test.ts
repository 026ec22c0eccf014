import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import { afterAll, describe, expect, it } from "vitest";
import { writeSite } from "#lib/workbook/site/write.js";
import { writeSiteFixture } from "../browser/site-fixture.js";
import { temporaryFolder } from "../notebooks/runner-fixtures.js";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const out = join(folder, "site");
mkdirSync(out);
writeFileSync(join(out, "02-gone.html"), "a page of a notebook that is gone");
writeFileSync(join(out, "atlas-my zoo.html"), "an atlas");
const notebooks = writeSiteFixture(folder);
writeSite({ notebooks, out });

const pages = ["index.html", "01-zoos.html", "03-pictures.html", "04-last.html"];
const source = (page: string) => readFileSync(join(out, page), "utf8");
const dom = (page: string) => new JSDOM(source(page)).window.document;

const voidElements = new Set(["meta", "link", "img", "br", "hr", "input"]);

/** Names of elements that are closed out of turn or never; empty for well-formed HTML. */
function unbalanced(html: string): string[] {
  const wrong: string[] = [];
  const open: string[] = [];
  const text = html.replace(/(<script\b[^>]*>)[\s\S]*?(<\/script>)/g, "$1$2");
  for (const [, slash, name] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)\b(?:"[^"]*"|'[^']*'|[^>"'])*>/g)) {
    if (!slash) {
      if (!voidElements.has(name)) open.push(name);
    } else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

describe.each(pages)("%s", (page) => {
  it("is well formed, with each id once", () => {
    expect(unbalanced(source(page))).toEqual([]);
    const ids = [...dom(page).querySelectorAll("[id]")].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("loads nothing but its own files, and its policy forbids the rest", () => {
    const document = dom(page);
    const loaded = [...document.querySelectorAll("[src], link[href]")].map(
      (element) => element.getAttribute("src") ?? element.getAttribute("href") ?? "",
    );
    for (const address of loaded) expect(address).toMatch(/^(data:|assets\/)/);
    for (const address of loaded.filter((entry) => entry.startsWith("assets/"))) {
      expect(statSync(join(out, address)).size).toBeGreaterThan(0);
    }
    const policy = document
      .querySelector("meta[http-equiv='Content-Security-Policy']")
      ?.getAttribute("content");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|connect-src/);
    expect(policy?.split("; ").find((rule) => rule.startsWith("script-src"))).not.toContain("unsafe-inline");
    expect(document.querySelector("script:not([src]):not([type='application/json'])")).toBeNull();
  });

  it("leads only to pages and places that are there", () => {
    for (const link of dom(page).querySelectorAll("a[href]")) {
      const href = link.getAttribute("href") ?? "";
      if (href.startsWith("https:")) continue;
      const [file, anchor] = href.split("#");
      const target = file || page;
      expect([...pages, "atlas-my zoo.html"]).toContain(decodeURI(target));
      if (anchor) expect(dom(target).getElementById(anchor), href).not.toBeNull();
    }
  });

  it("can be read without eyes: one first heading, words for pictures, names for tables", () => {
    const document = dom(page);
    expect(document.documentElement.lang).toBe("en");
    expect(document.querySelectorAll("h1")).toHaveLength(1);
    for (const image of document.querySelectorAll("img")) expect(image.getAttribute("alt")).toBeTruthy();
    for (const cell of document.querySelectorAll("th"))
      expect(cell.getAttribute("scope")).toMatch(/^(row|col)$/);
    for (const part of document.querySelectorAll("[role=region]")) {
      expect(part.getAttribute("aria-label")).toBeTruthy();
      expect(part.getAttribute("tabindex")).toBe("0");
    }
  });
});

describe("a notebook's page", () => {
  const document = dom("03-pictures.html");

  it("shows outputs as text, never as markup of their own, without colour codes", () => {
    expect(document.querySelector(".stream")?.textContent).toBe("<script>alert(1)</script>");
    expect(document.querySelector(".failure pre")?.textContent).toBe("E: x <y>");
  });

  it("keeps a figure's data whole, whatever its text", () => {
    const figures = [...document.querySelectorAll(".plotly-figure")];
    expect(figures).toHaveLength(3);
    for (const figure of figures) {
      const data = JSON.parse(figure.querySelector("script")?.textContent ?? "");
      expect(data.data.length).toBeGreaterThan(0);
      expect(figure.querySelector(".static")).not.toBeNull();
    }
    expect(figures[2].querySelector("script")?.textContent).not.toContain("</script>");
  });

  it("has a table of contents of its second and third headings, and ways on", () => {
    const entries = [...document.querySelectorAll(".aside a")].map((link) => link.getAttribute("href"));
    expect(entries).toEqual(["#data", "#data-2", "#step"]);
    expect(document.querySelector("a[rel=prev]")?.getAttribute("href")).toBe("01-zoos.html");
    expect(document.querySelector("a[rel=next]")?.getAttribute("href")).toBe("04-last.html");
  });

  it("turns a picture from elsewhere into a link", () => {
    expect(document.querySelector("a[href='https://example.org/x.png']")?.textContent).toBe("far");
  });
});

describe("the first page", () => {
  const document = dom("index.html");

  it("lists the notebooks with their first words", () => {
    const items = [...document.querySelectorAll(".notebooks li")].map((item) =>
      item.textContent?.replace(/\s+/g, " "),
    );
    expect(items[0]).toBe("01Model zoosA zoo is a population of networks.");
    expect(items).toHaveLength(3);
  });

  it("shows the scoreboard with numbers, verdicts in words, and the page each line comes from", () => {
    const lines = [...document.querySelectorAll(".scoreboard tbody tr")];
    expect(lines).toHaveLength(4);
    const cells = (line: Element) => [...line.children].map((cell) => cell.textContent);
    expect(cells(lines[0]).slice(0, 6)).toEqual([
      "trajectories/cnn clusterPurity",
      "Table 2 (2020)",
      "1",
      "0.998",
      "−0.002",
      "✓ holds",
    ]);
    expect(cells(lines[3])[4]).toBe("+0.012");
    expect(lines[3].closest("details")).not.toBeNull();
    expect(cells(lines[2])[0]).toBe("UMAP <separates> models & epochs");
    expect(lines[0].querySelector("a")?.getAttribute("href")).toBe("03-pictures.html");
  });

  it("says plainly that synthetic digits stood in for published data", () => {
    expect(document.querySelector("main")?.textContent).toContain("Synthetic data.");
  });
});

it("links to the atlases beside it, which stay", () => {
  const links = [...dom("index.html").querySelectorAll("ul.atlases a")];
  expect(links.map((link) => [link.textContent, link.getAttribute("href")])).toEqual([
    ["my zoo", "atlas-my%20zoo.html"],
  ]);
  expect(readdirSync(out)).toContain("atlas-my zoo.html");
});

it("a second writing changes nothing and removes pages of notebooks that are gone", () => {
  expect(readdirSync(out)).not.toContain("02-gone.html");
  const before = pages.map(source);
  writeSite({ notebooks, out });
  expect(pages.map(source)).toEqual(before);
});
