import { JSDOM } from "jsdom";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ScoreRow } from "#lib/core/tables.js";
import type { MimeBundle } from "#lib/figures/index.js";
import { scoreboardMime, scoreRows, showClaims, showComparison, showTable } from "#lib/notebook/index.js";
import { measured, published } from "../helpers/figures.js";

const hook = Symbol.for("weightbook.display");
const globals = globalThis as Record<symbol, unknown>;
let shown: MimeBundle[] = [];

beforeEach(() => {
  shown = [];
  globals[hook] = (bundle: MimeBundle) => shown.push(bundle);
});
afterEach(() => {
  delete globals[hook];
});

/** The one table that was shown, parsed by an HTML5 parser; its serialisation must not differ from what we wrote. */
function table() {
  const html = String(shown[0]["text/html"]);
  const { body } = new JSDOM(`<body>${html}`).window.document;
  expect(body.innerHTML.replaceAll("&quot;", '"').replaceAll("&#39;", "'")).toBe(
    html.replaceAll("&quot;", '"').replaceAll("&#39;", "'"),
  );
  return body;
}

const cells = (row: Element) => [...row.children].map((cell) => cell.textContent);

describe("tables", () => {
  test("have a caption, scopes and the values; text beside it", () => {
    showTable([{ zoo: "mlp", models: 12_500, accuracy: 0.912345 }], { caption: "Zoos" });
    const body = table();
    expect(body.querySelector("caption")?.textContent).toBe("Zoos");
    expect([...body.querySelectorAll("thead th")].every((head) => head.getAttribute("scope") === "col")).toBe(
      true,
    );
    expect(cells(body.querySelector("tbody tr") as Element)).toEqual(["mlp", "12,500", "0.9123"]);
    expect(shown[0]["text/plain"]).toBe(
      "Zoos\nzoo  models  accuracy\n---  ------  --------\nmlp  12,500    0.9123",
    );
  });

  test("of one record have a line for each field", () => {
    showTable({ zoo: "mlp", models: 250, diverged: null });
    const rows = [...table().querySelectorAll("tbody tr")];
    expect(rows.map(cells)).toEqual([["zoo", "mlp"], ["models", "250"], ["diverged", "–"]]); // biome-ignore format: one line
    expect(rows[0].querySelector("th")?.getAttribute("scope")).toBe("row");
  });

  test("show NaN, infinities, null and undefined as a dash", () => {
    showTable([{ a: Number.NaN, b: Number.POSITIVE_INFINITY, c: null, d: undefined, e: 0 }]);
    expect(cells(table().querySelector("tbody tr") as Element)).toEqual(["–", "–", "–", "–", "0"]);
  });

  test("escape what HTML would read", () => {
    showTable([{ "<i>": "a < b & \"c\" <script>alert('x')</script>" }], { caption: "<b> & co" });
    const body = table();
    expect(body.querySelector("script, i, b")).toBeNull();
    expect(body.querySelector("td")?.textContent).toBe("a < b & \"c\" <script>alert('x')</script>");
    expect(body.querySelector("caption")?.textContent).toBe("<b> & co");
  });

  test("a result table has its rows named and its intervals in brackets", () => {
    showTable(measured, { digits: 2 });
    const rows = [...table().querySelectorAll("tbody tr")];
    expect(rows[1].querySelector("th")?.getAttribute("scope")).toBe("row");
    expect(cells(rows[1])).toEqual(["svd-50", "0.98 [0.96, 1]", "0.50 [0.45, 0.63]"]);
    expect(cells(rows[2])[1]).toBe("–");
  });

  test("long tables are cut and say how much is left", () => {
    showTable(Array.from({ length: 1500 }, (_, i) => ({ i })));
    expect(table().querySelectorAll("tbody tr").length).toBe(200);
    expect(shown[0]["text/plain"]).toContain("1,300 more rows");
  });

  test("misspelt options are refused", () => {
    expect(() => showTable([], { captoin: "x" } as object)).toThrow(/no option "captoin"/);
  });
});

const options = { setting: "50 seeds", source: "Table 2 (2020)" };

describe("comparisons", () => {
  test("give a line of the scoreboard for each published number, without a verdict unless asked", () => {
    const rows = scoreRows(published, measured, options);
    expect(rows.length).toBe(6);
    expect(rows[1]).toEqual({
      claim: "trajectories/cnn weights-1376 orderedEpochsFraction",
      source: "Table 2 (2020)",
      published: 0.694,
      ours: 0.68,
      difference: -0.014,
      verdict: "none",
      setting: "50 seeds",
    });
  });

  test("judge the whole interval against the tolerance", () => {
    const verdicts = scoreRows(published, measured, {
      ...options,
      tolerance: { orderedEpochsFraction: 0.05 },
    })
      .filter((row) => row.claim.endsWith("orderedEpochsFraction"))
      .map((row) => row.verdict);
    // .66-.70 against .694; .45-.63 against .675, an edge inside; .44-.48 against .471
    expect(verdicts).toEqual(["holds", "undecided", "holds"]);
    const strict = scoreRows(published, measured, { ...options, tolerance: 0.01 });
    expect(strict.find((row) => row.claim.endsWith("svd-50 orderedEpochsFraction"))?.verdict).toBe("fails");
    expect(strict.find((row) => row.claim.endsWith("svd-5 clusterPurity"))?.verdict).toBe("undecided");
  });

  test("display table and scoreboard in one output, claims included", () => {
    const claim: ScoreRow = {
      claim: "order falls with dimensions",
      source: "text",
      published: null,
      ours: 0.2,
      difference: null,
      verdict: "holds",
      setting: "50 seeds",
    };
    const all = showComparison(published, measured, { ...options, tolerance: 0.05, claims: [claim] });
    expect(shown.length).toBe(1);
    expect(shown[0][scoreboardMime]).toEqual({ rows: all });
    expect(all.at(-1)).toEqual(claim);
    const body = table();
    expect([...body.querySelectorAll('th[scope="colgroup"]')].map((head) => head.textContent)).toEqual(
      published.columns,
    );
    const row = body.querySelectorAll("tbody tr")[1];
    expect(cells(row).slice(5)).toEqual(["0.675", "0.500 [0.450, 0.630]", "−0.175", "? undecided"]);
    expect(shown[0]["text/plain"]).toContain("order falls with dimensions");
  });

  test("wide tables have published, ours, interval and difference below each other", () => {
    const columns = ["a", "b", "c", "d", "e"];
    const wide = {
      id: "t",
      caption: "wide",
      rowKey: "row",
      rows: ["x"],
      columns,
      values: [[1, 2, 3, 4, null]],
    };
    const near = { ...wide, values: [[1.5, 2, 3, 4, 5]], low: [[1, 1, 1, 1, 1]], high: [[2, 3, 4, 5, 6]] };
    showComparison(wide, near, options);
    const body = table();
    expect([...body.querySelectorAll("tbody tr")].map(cells)).toEqual([
      ["x", "published", "1", "2", "3", "4", "–"],
      ["x", "ours", "1.50", "2", "3", "4", "5"],
      ["x", "95 %", "1 to 2", "1 to 3", "1 to 4", "1 to 5", "1 to 6"],
      ["x", "difference", "+0.500", "0", "0", "0", "–"],
    ]);
    expect(shown[0][scoreboardMime]).toMatchObject({ rows: { length: 5 } });
  });

  test("a long setting that all claims share stands in the caption", () => {
    const claim: ScoreRow = {
      claim: "more", source: "Table 1", published: null, ours: 1, difference: null, verdict: "holds",
      setting: "1000 seeds x 75 epochs, tetris, 100 images; d 64, 128 hidden, z 50, 2,500 steps of 250, 2 seeds",
    }; // biome-ignore format: a record
    showClaims([claim, claim]);
    expect(table().querySelector("caption")?.textContent).toBe(`Claims: ${claim.setting}`);
    expect(shown[0]["text/plain"]).not.toMatch(/verdict +setting/);
    shown = [];
    showClaims([claim, { ...claim, setting: "another" }]);
    expect(shown[0]["text/plain"]).toMatch(/verdict +setting/);
  });

  test("rows of ours that are missing stay empty", () => {
    const { low: _, high: __, ...part } = measured;
    const rows = scoreRows(published, { ...part, rows: ["svd-50"], values: [[0.9, 0.6]] }, options);
    expect(rows.map((row) => row.ours)).toEqual([null, null, 0.9, 0.6, null, null]);
  });

  test("tables without a common row or column are refused", () => {
    expect(() => showComparison(published, { ...measured, columns: ["purity", "order"] }, options)).toThrow(
      /share no row or no column/,
    );
    expect(() => showComparison(published, { ...measured, rows: ["a", "b", "c"] }, options)).toThrow(
      /share no row/,
    );
  });

  test("claims alone reach the scoreboard too, with a sign beside each word", () => {
    const claim: ScoreRow = {
      claim: "c",
      source: "s",
      published: 1,
      ours: 2,
      difference: 1,
      verdict: "fails",
      setting: "t",
    };
    showClaims([claim]);
    expect(shown[0][scoreboardMime]).toEqual({ rows: [claim] });
    expect(cells(table().querySelector("tbody tr") as Element)).toEqual([
      "c",
      "s",
      "1",
      "2",
      "+1",
      "✗ fails",
      "t",
    ]);
  });
});
