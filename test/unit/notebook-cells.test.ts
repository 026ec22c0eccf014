import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UsageError } from "#lib/core/errors.js";
import { histogramFigure, type MimeBundle } from "#lib/figures/index.js";
import {
  checkAnswer,
  type DisplayOptions,
  exercise,
  notebookPreset,
  progressBar,
  show,
} from "#lib/notebook/index.js";

const hook = Symbol.for("weightbook.display");
const globals = globalThis as Record<symbol, unknown>;
let shown: { text: string; options: DisplayOptions }[] = [];

beforeEach(() => {
  shown = [];
  globals[hook] = (bundle: MimeBundle, options: DisplayOptions = {}) =>
    shown.push({ text: String(bundle["text/plain"]), options });
});
afterEach(() => {
  delete globals[hook];
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const at = (done: number, label = "training") => ({
  label,
  done,
  total: 1500,
  unit: "model-epochs",
  ratePerSecond: 21.34,
  secondsLeft: 46.2,
});

describe("progress in a notebook", () => {
  test("updates one output at most five times a second and ends with a line that no run changes", () => {
    const clock = vi.spyOn(performance, "now");
    const bar = progressBar();
    for (let ms = 0; ms <= 1000; ms += 10) {
      clock.mockReturnValue(5000 + ms);
      bar(at(ms));
    }
    bar(at(1500));
    expect(shown.length).toBe(7); // at 0, 200, 400, 600, 800 and 1000 ms, and the end
    expect(shown[1].text).toBe("training 13 % · 200/1500 model-epochs · 21.3/s · 47 s left");
    expect(shown.at(-1)?.text).toBe("training: done");
    expect(shown.map(({ options }) => options.update)).toEqual([false, true, true, true, true, true, true]);
    expect(new Set(shown.map(({ options }) => options.displayId)).size).toBe(1);
  });

  test("each piece of work has its own line, unless a label joins them", () => {
    const bar = progressBar();
    bar(at(1500, "first"));
    bar(at(1500, "second"));
    expect(shown.map(({ text }) => text)).toEqual(["first: done", "second: done"]);
    expect(new Set(shown.map(({ options }) => options.displayId)).size).toBe(2);
    shown = [];
    progressBar("both")(at(1500, "first"));
    expect(shown[0].text).toBe("both: done");
  });

  test("an unknown rate is left out", () => {
    progressBar()({ ...at(1), ratePerSecond: 0, secondsLeft: Number.NaN });
    expect(shown[0].text).toBe("training 0 % · 1/1500 model-epochs");
  });
});

describe("exercises", () => {
  const words = () => shown.at(-1)?.text;

  test("tell exact, approximate and not yet, with the largest difference", () => {
    expect(checkAnswer("1", Float32Array.of(1, 2), [1, 2])).toBe(true);
    expect(words()).toBe("1: right (exact)");
    expect(checkAnswer("2", 0.5004, 0.5, { tolerance: 1e-3 })).toBe(true);
    expect(words()).toBe("2: right (approximate, largest difference 0.0004)");
    expect(checkAnswer("3", [1, 5], [1, 2], { hint: "Look at the second." })).toBe(false);
    expect(words()).toBe("3: not yet (largest difference 3). Look at the second.");
    expect(checkAnswer("4", " Tanh", "tanh")).toBe(true);
  });

  test("never throw: no answer, the wrong shape, NaN and a failing check are not yet", () => {
    expect(checkAnswer("1", undefined, 3)).toBe(false);
    expect(words()).toBe("1: not yet (no answer so far)");
    expect(checkAnswer("2", [1], [1, 2])).toBe(false);
    expect(checkAnswer("3", Number.NaN, 1)).toBe(false);
    expect(
      exercise("4", () => {
        throw new Error("weights is not defined");
      }),
    ).toBe(false);
    expect(words()).toBe("4: not yet (weights is not defined)");
    expect(exercise("5", () => true)).toBe(true);
  });
});

describe("parameters", () => {
  test("the preset is quick unless the environment says otherwise", () => {
    vi.stubEnv("WEIGHTBOOK_PRESET", "");
    expect(notebookPreset()).toBe("quick");
    vi.stubEnv("WEIGHTBOOK_PRESET", "laptop");
    expect(notebookPreset()).toBe("laptop");
    vi.stubEnv("WEIGHTBOOK_PRESET", "huge");
    expect(() => notebookPreset()).toThrow(UsageError);
  });
});

const notebook = fileURLToPath(new URL("../../dist/notebook/index.js", import.meta.url));

/** Runs lines in a process of its own, without a kernel. */
function run(lines: string) {
  const script = `const wb = await import(${JSON.stringify(notebook)});\n${lines}`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 60_000,
  });
}

describe("outside a notebook", () => {
  test("a figure prints its title and description", () => {
    delete globals[hook];
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const figure = histogramFigure([{ name: "w", values: [1, 2] }], { title: "Two weights" });
    show(figure);
    expect(write.mock.calls.flat().join("")).toBe(`Two weights\n${figure.alt}\n`);
  });

  test("data frames describe, group, select and show themselves, and print no advice about backends", () => {
    const result = run(`
      const df = wb.dataFrame({ model: Int32Array.of(0, 0, 1, 1), accuracy: [0.5, 0.7, 0.9, 1], name: ["a", "b", "<c>", "d"] });
      wb.showFrame(df.describe());
      wb.showFrame(df.groupby(["model"]).col(["accuracy"]).mean(), { caption: "By model" });
      wb.showFrame(df.query(df.column("accuracy").gt(0.6)), { rows: 2 });
      console.log(df.shape.join(" x "), df.column("accuracy").mean(), df.tensor === undefined);
      df.column("accuracy").tensor.add(1);`);
    expect(result.stderr).toBe("");
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(/mean +0\.5000 +0\.7750/);
    expect(result.stdout).toMatch(/By model\nmodel +accuracy_mean\n[- ]+\n +0 +0\.6000\n +1 +0\.9500/);
    expect(result.stdout).toMatch(/1 +0 +0\.7000 +b\n2 +1 +0\.9000 +<c>\n1 more rows/);
    expect(result.stdout).toContain("4 x 3 0.775");
  });

  test("columns of different lengths are refused before danfojs is loaded", () => {
    const result = run(
      `try { wb.dataFrame({ a: [1], b: [1, 2] }); } catch (error) { console.log(error.message); }`,
    );
    expect(result.stdout).toContain("columns of one length; these have a 1, b 2");
  });
});
