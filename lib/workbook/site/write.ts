import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../../core/files.js";
import { readNotebook } from "../runner/notebook.js";
import { scoreRows } from "../scoreboard.js";
import { figureScript } from "./figures-script.js";
import { indexPage } from "./index-page.js";
import { entryOf, notebookPage } from "./page.js";
import { stylesheet } from "./stylesheet.js";

/**
 * Writes a static site that works from disk and without any network: an index with the scoreboard, a page a notebook,
 * one copy of plotly for all figures, and links to the atlases (`atlas-<zoo>.html`) that are there. Pages of notebooks that are gone are removed.
 * @param options.notebooks executed notebooks, in order
 * @param options.out folder of the site
 * @returns path of its index.html
 * @throws DataError when a notebook cannot be read, StoreError when a page cannot be written
 */
export function writeSite({ notebooks, out }: { notebooks: readonly string[]; out: string }): string {
  const entries = notebooks.map((path) => entryOf(path, basename(path, ".ipynb"), readNotebook(path)));
  const rows = entries.flatMap(({ notebook, name }) => scoreRows(notebook, name));
  const assets = join(out, "assets");
  mkdirSync(assets, { recursive: true });
  const plotly = createRequire(import.meta.url).resolve("plotly.js-dist/plotly.js");
  copyFileSync(plotly, join(assets, "plotly.js"));
  writeFileAtomic(join(assets, "book.css"), stylesheet);
  writeFileAtomic(join(assets, "figures.js"), figureScript);
  const pages = new Set(["index.html", ...entries.map(({ name }) => `${name}.html`)]);
  for (const file of readdirSync(out)) {
    if (/^\d+-.*\.html$/.test(file) && !pages.has(file)) rmSync(join(out, file));
  }
  for (const [i, entry] of entries.entries()) {
    writeFileAtomic(join(out, `${entry.name}.html`), notebookPage(entry, entries[i - 1], entries[i + 1]));
  }
  const index = join(out, "index.html");
  const atlases = readdirSync(out).filter((file) => /^atlas-.+\.html$/.test(file));
  writeFileAtomic(index, indexPage(entries, rows, atlases.sort()));
  return index;
}
