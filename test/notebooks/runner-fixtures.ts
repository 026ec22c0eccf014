import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cell, notebookText } from "#lib/workbook/runner/notebook.js";

/** A code cell; its place in the notebook becomes its id. */
export function code(source: string, ...tags: string[]): Cell {
  const metadata = tags.length > 0 ? { tags } : {};
  return { cell_type: "code", id: "", source, metadata, outputs: [], execution_count: null };
}

export function prose(source: string): Cell {
  return { cell_type: "markdown", id: "", source, metadata: {}, outputs: [], execution_count: null };
}

/** Writes a notebook of these cells and returns its path. */
export function writeFixture(folder: string, name: string, cells: readonly Cell[]): string {
  const path = join(folder, name);
  const numbered = cells.map((cell, i) => ({ ...cell, id: `cell-${i}` }));
  writeFileSync(path, notebookText({ cells: numbered, metadata: {} }));
  return path;
}

/** A folder for one test file, and its removal. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "weightbook-test-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A scoreboard's display, as a cell would show it. */
export const scoreboardCell = code(`const show = (globalThis as any)[Symbol.for("weightbook.display")];
show({
  "application/vnd.weightbook.scoreboard+json": { rows: [{
    claim: "trajectories/mlp orderedEpochs", source: "Table 3 (2020)", published: 0.357, ours: 0.369,
    difference: 0.012, verdict: "none", setting: "strokes",
  }] },
  "text/plain": "1 line",
});`);
