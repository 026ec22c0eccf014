import { type BoardRow, verdictLine } from "../scoreboard.js";
import { escapeHtml } from "./html.js";
import type { Entry } from "./page.js";
import { scoreTable } from "./score-table.js";
import { shell } from "./shell.js";

/**
 * The first page: what this is, what it was run on, the scoreboard, the notebooks, and atlases.
 * @param atlases their files, `atlas-<zoo>.html`, beside the page
 */
export function indexPage(
  entries: readonly Entry[],
  rows: readonly BoardRow[],
  atlases: readonly string[] = [],
): string {
  return shell({
    title: "weightbook – a workbook for weight-space learning",
    description:
      "Model zoos, representations of neural network weights, and published results rerun cell by cell.",
    aside: "",
    main: `<article class="front">
<h1>A workbook for weight-space learning</h1>
<p class="lead">What can be read from the weights of a neural network alone? Each notebook here trains a population of
small networks, a <em>model zoo</em>, and looks at its weights as data. Cell by cell it reruns tables and figures of
published papers and puts the printed numbers beside the ones measured here.</p>
${settingHtml(entries, rows)}
<h2 id="scoreboard">Scoreboard</h2>
${boardHtml(rows)}
<h2 id="notebooks">Notebooks</h2>
<ol class="notebooks">
${entries.map(entryHtml).join("\n")}
</ol>
${atlasHtml(atlases)}</article>`,
    hasFigures: false,
  });
}

/** Links to the atlases that stand beside the site. */
function atlasHtml(atlases: readonly string[]): string {
  if (atlases.length === 0) return "";
  const name = (file: string) => file.replace(/^atlas-|\.html$/g, "");
  const links = atlases.map(
    (file) => `<li><a href="${escapeHtml(encodeURI(file))}">${escapeHtml(name(file))}</a></li>`,
  );
  return `<h2 id="atlases">Atlases</h2>
<p>Zoos to walk through: each model a point, near those whose weights are distributed alike.</p>
<ul class="atlases">
${links.join("\n")}
</ul>
`;
}

/** Claims first; published numbers without a verdict, of which there are many, fold away below them. */
function boardHtml(rows: readonly BoardRow[]): string {
  if (rows.length === 0)
    return "<p>No notebook has been run yet: <code>npm start</code> fills this table.</p>";
  const pageOf = (row: BoardRow) => `${row.notebook}.html`;
  const claims = rows.filter(({ verdict }) => verdict !== "none");
  const numbers = rows.filter(({ verdict }) => verdict === "none");
  const folded = `<details${claims.length > 0 ? "" : " open"}>
<summary>Published numbers beside ours, without a verdict (${numbers.length})</summary>
${scoreTable(numbers, pageOf)}</details>`;
  return [
    `<p>${escapeHtml(verdictLine(rows))}</p>`,
    ...(claims.length > 0 ? [scoreTable(claims, pageOf)] : []),
    ...(numbers.length > 0 ? [folded] : []),
  ].join("\n");
}

/** What the numbers were measured on, and plainly where synthetic digits stood in for a published data set. */
function settingHtml(entries: readonly Entry[], rows: readonly BoardRow[]): string {
  const presets = [...new Set(entries.map(({ preset }) => preset ?? "not stated"))];
  const words = presets.length === 1 ? `preset <b>${escapeHtml(presets[0])}</b>` : mixedPresets(entries);
  const small = presets.some((preset) => preset === "smoke" || preset === "quick")
    ? " The presets smoke and quick are too small to judge a paper by; they show that everything runs."
    : "";
  const settings = [...new Set(rows.map(({ setting }) => setting))];
  const measured =
    settings.length > 0 && settings.length <= 6 ? ` Measured on ${settings.map(escapeHtml).join("; ")}.` : "";
  const standIn = rows.some(({ setting }) => /\bstrokes in place of\b/i.test(setting))
    ? `\n<p class="note"><b>Synthetic data.</b> Some results were measured on <em>strokes</em>, digits drawn by this
project, because a published image set was not found; their setting says so. Put the image files where
<code>weightbook doctor</code> looks for them and run again to use the real ones.</p>`
    : "";
  return `<p class="note"><b>Setting.</b> The outputs were made at ${words}.${measured}${small}</p>${standIn}`;
}

function mixedPresets(entries: readonly Entry[]): string {
  const groups = new Map<string, string[]>();
  for (const { preset, name } of entries) {
    const key = preset ?? "not stated";
    groups.set(key, [...(groups.get(key) ?? []), name.replace(/-.*/, "")]);
  }
  return [...groups]
    .map(([preset, names]) => `preset <b>${escapeHtml(preset)}</b> (${names.join(", ")})`)
    .join(", ");
}

function entryHtml({ name, title, summary }: Entry): string {
  const number = /^\d+/.exec(name)?.[0] ?? "";
  return `<li><span class="number">${escapeHtml(number)}</span><div><a href="${escapeHtml(name)}.html">${escapeHtml(
    title.replace(/^\d+\s*[·.:–-]\s*/, ""),
  )}</a><p>${escapeHtml(summary)}</p></div></li>`;
}
