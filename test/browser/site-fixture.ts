import { RandomStream } from "#lib/core/random.js";
import { figureBundle } from "#lib/figures/bundle.js";
import { embeddingScatter } from "#lib/figures/embedding.js";
import type { Cell, Output } from "#lib/workbook/runner/notebook.js";
import { code, prose, writeFixture } from "../notebooks/runner-fixtures.js";

/** Random walks of some models in two dimensions. */
function walks(models: number, epochs: number) {
  const rng = RandomStream.fromSeed(1);
  const walk = { x: [] as number[], y: [] as number[], model: [] as number[], epoch: [] as number[] };
  for (let model = 0; model < models; model++) {
    let [x, y] = [rng.normal(0, 10), rng.normal(0, 10)];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      x += rng.normal(0.5, 0.3);
      y += rng.normal(0.3, 0.3);
      walk.x.push(x);
      walk.y.push(y);
      walk.model.push(model);
      walk.epoch.push(epoch);
    }
  }
  return walk;
}

const display = (data: Record<string, unknown>): Output => ({
  output_type: "display_data",
  data,
  metadata: {},
});
const executed = (source: string, outputs: Output[], number: number): Cell => ({
  ...code(source),
  outputs,
  execution_count: number,
});

/** A scoreboard with one line of each verdict. */
export const rows = [
  ["trajectories/cnn clusterPurity", 1, 0.998, -0.002, "holds", "50 seeds x 25 epochs, mnist 20,000"],
  ["trajectories/mlp orderedEpochs", 0.357, 0.369, 0.012, "none", "20 seeds, strokes in place of mnist"],
  ["SVD-5 keeps less order than SVD-50", null, 0.02, null, "undecided", "too small to judge"],
  ["UMAP <separates> models & epochs", null, null, null, "fails", "quick"],
].map(([claim, published, ours, difference, verdict, setting]) => {
  return { claim, source: "Table 2 (2020)", published, ours, difference, verdict, setting };
});

/** Writes three notebooks with every kind of output that a page must show; returns their paths. */
export function writeSiteFixture(folder: string): string[] {
  const table = "<table><tr><th scope='col'>space</th></tr><tr><td>full</td></tr></table>";
  return [
    writeFixture(folder, "01-zoos.ipynb", [
      prose("# Model zoos\n\nA *zoo* is a population of networks.\n\nMore."),
    ]),
    writeFixture(folder, "03-pictures.ipynb", [
      prose("# Pictures\n\nSee [zoos](01-zoos.ipynb#model-zoos), [a paper](https://example.org/paper) and"),
      prose(
        "![far](https://example.org/x.png)\n\n## Data\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n## Data\n\n### Step",
      ),
      executed(
        'console.log("<script>alert(1)</script>");',
        [{ output_type: "stream", name: "stdout", text: "\u001b[32m<script>alert(1)</script>\u001b[0m\n" }],
        1,
      ),
      executed("scatter", [display(figureBundle(embeddingScatter(walks(5, 20))))], 2),
      executed("many points", [display(figureBundle(embeddingScatter(walks(50, 50))))], 3),
      executed(
        "heatmap",
        [
          display({
            "application/vnd.plotly.v1+json": {
              data: [
                {
                  type: "heatmap",
                  z: [
                    [1, 2],
                    [3, 4],
                  ],
                },
              ],
              layout: { width: 500, height: 300, title: { text: "</script><b>" } },
            },
            "text/plain": "a heatmap",
          }),
        ],
        4,
      ),
      executed(
        "table",
        [display({ "text/html": `${table}<script>alert(2)</script>`, "text/plain": "spaces" })],
        5,
      ),
      executed("scores", [display({ "application/vnd.weightbook.scoreboard+json": { rows } })], 6),
      executed("fails", [{ output_type: "error", ename: "E", evalue: "x", traceback: ["E: x <y>"] }], 7),
    ]),
    writeFixture(folder, "04-last.ipynb", [prose("# Last\n\nThe end.")]),
  ];
}
