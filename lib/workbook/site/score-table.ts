import type { ScoreRow, Verdict } from "../../core/tables.js";
import { boardCells } from "../scoreboard.js";
import { escapeHtml } from "./html.js";
import { scrollable } from "./markdown.js";

/** Not by colour alone: a sign and a word. */
const signs: Readonly<Record<Verdict, string>> = { holds: "✓ ", fails: "✗ ", undecided: "? ", none: "" };

/**
 * The scoreboard as a table.
 * @param link address of the notebook page that a line comes from; no link column when left out
 */
export function scoreTable<Row extends ScoreRow>(rows: readonly Row[], link?: (row: Row) => string): string {
  const columns = ["claim", "source", "published", "ours", "difference", "verdict", "setting"];
  const numeric = ["published", "ours", "difference"];
  const head = columns
    .map((name) => `<th scope="col"${numeric.includes(name) ? ' class="right"' : ""}>${name}</th>`)
    .join("");
  const body = rows.map((row) => rowHtml(row, link?.(row))).join("\n");
  const table = `<table class="scoreboard"><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
  return scrollable("Scoreboard", table);
}

function rowHtml(row: ScoreRow, address: string | undefined): string {
  const [claim, published, ours, difference, verdict, setting] = boardCells(row).map(escapeHtml);
  const name = address ? `<a href="${escapeHtml(address)}">${claim}</a>` : claim;
  return [
    `<tr><th scope="row">${name}</th>`,
    `<td>${escapeHtml(row.source)}</td>`,
    ...[published, ours, difference].map((text) => `<td class="right">${text}</td>`),
    `<td><span class="verdict ${row.verdict}">${signs[row.verdict]}${verdict}</span></td>`,
    `<td class="setting">${setting}</td></tr>`,
  ].join("");
}
