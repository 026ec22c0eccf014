import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { findZoo } from "#lib/workbook/commands/zoo-places.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
const cli = fileURLToPath(new URL("../../dist/workbook/cli.js", import.meta.url));

function weightbook(args: string[], env: NodeJS.ProcessEnv = {}) {
  const options = { encoding: "utf8", env: { ...process.env, WEIGHTBOOK_CACHE: folder, ...env } } as const;
  return spawnSync(process.execPath, [cli, ...args], options);
}

describe("help", () => {
  it("lists every subcommand, each with help of its own", () => {
    const { status, stdout } = weightbook(["--help"]);
    expect(status).toBe(0);
    const names = [...stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    expect(names).toEqual([
      "run",
      "lab",
      "zoo",
      "hyper",
      "log",
      "site",
      "atlas",
      "bench",
      "doctor",
      "kernel",
    ]);
    for (const name of names) {
      const help = weightbook([name, "--help"]);
      expect(help.status).toBe(0);
      expect(help.stdout).toMatch(new RegExp(`^weightbook ${name}`));
    }
  });
});

describe("wrong usage", () => {
  it.each([
    [
      ["rnu"],
      'there is no subcommand "rnu"; choose run, lab, zoo, hyper, log, site, atlas, bench, doctor, kernel',
    ],
    [["kernel"], "knows one word, install"],
    [["kernel", "install", "--user", "--prefix", "x"], "not both"],
    [["zoo", "grow"], "knows list, describe, train, merge, verify"],
    [["hyper", "train"], "weightbook hyper train LIST --task I"],
    [["zoo", "train"], "wants a zoo"],
    [["zoo", "submit", "mlp-trajectory"], "wants the number of tasks, e.g. --shards 64"],
    [["zoo", "submit", "mlp-trajectory", "--shards", "x"], "--shards wants a positive number"],
    [["zoo", "submit", "mlp-trajectory", "--shards", "4", "--gpus", "1"], "--gpus with --engine stacked"],
    [["zoo", "submit", "Z", "--shards", "4", "--store", "a", "--folder", "b"], "mean the same"],
    [["zoo", "train", "no-zoo"], 'there is no zoo "no-zoo"'],
    [["zoo", "train", "mlp-trajectory", "--models", "2.5"], "--models wants a whole number"],
    [["zoo", "train", "mlp-trajectory", "--engine", "gpu"], 'no engine "gpu"; choose lanes or stacked'],
    [["zoo", "describe", "mlp-trajectory"], 'there is no trained zoo "mlp-trajectory"'],
    [["zoo", "describe", "Z", "--shard", "9/2"], "weightbook zoo describe: Unknown option '--shard'"],
    [["zoo", "verify", "Z", "--folder", "/nowhere"], "weightbook zoo verify: Unknown option '--folder'"],
    [["zoo", "list", "tetris"], 'zoo list does not understand "tetris"'],
    [["zoo", "merge", "no-zoo", "--folder", folder], "wants a name or a folder, not both"],
    [["zoo", "merge", "tetris-seed", "--engine", "quantum"], "say which engine trained them"],
    [["zoo", "merge", folder, "--engine", "stacked"], "give --engine with a file SPEC.json only"],
    [["zoo", "train", "mlp-trajectory", "--memory", "512"], "give it with --engine stacked"],
    [["zoo", "train", "mlp-trajectory", "--engine", "lanes", "--memory", "512"], "with --engine stacked"],
    [["zoo", "train", "mlp-trajectory", "--engine", "stacked", "--memory", "x"], "--memory wants"],
    [["atlas"], "weightbook atlas wants a zoo"],
    [["atlas", "no-zoo"], 'there is no trained zoo "no-zoo"'],
    [["atlas", "Z", "--scale", "log"], '--scale wants raw or standardised but got "log"'],
    [["bench"], 'weightbook bench knows zoo, kernel, tensors, analysis, atlas, scale but got ""'],
    [["bench", "zoo", "--case", "mlp"], 'has no case "mlp"; choose mlp-2160-b4'],
    [["bench", "kernel", "--case", "stop"], 'bench kernel has no case "stop"; choose start, empty-cell'],
    [["bench", "tensors", "--case", "mm"], 'has no case "mm"; choose matmul-1024, hyperrep-small'],
    [["doctor", "--jsno"], "Unknown option '--jsno'"],
  ])("%j is refused with 2 and one sentence", (args, sentence) => {
    const { status, stderr } = weightbook(args);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("shows the stack on demand", () => {
    expect(weightbook(["rnu"], { WEIGHTBOOK_DEBUG: "1" }).stderr).toMatch(/\n\s+at /);
  });
});

describe("bench", () => {
  it("prints a line of JSON a case: what was measured, where, and the share of our sgemm", () => {
    const { status, stdout } = weightbook(["bench", "zoo", "--case", "mlp-2160-b4"]);
    expect(status).toBe(0);
    const line = JSON.parse(stdout.trim());
    expect(line).toMatchObject({ bench: "zoo", case: "mlp-2160-b4", unit: "us", threads: 1, peer: null });
    expect(line.ours.min).toBeLessThanOrEqual(line.ours.median);
    expect(line.ours.min).toBeGreaterThan(0);
    // 6 operations a multiply-add of each of four images.
    expect(line.gflopsPerCore).toBeCloseTo((6 * 2160 * 4) / line.ours.median / 1e3, 1);
    expect(line.share).toBeGreaterThan(0);
    expect(line.machine).toContain(process.versions.node);
  }, 60_000);
});

describe("a tensor backend by name", () => {
  const command = [
    "zoo",
    "train",
    "mlp-trajectory",
    "--preset",
    "smoke",
    "--dataset",
    "strokes",
    "--engine",
    "stacked",
  ];

  it("that cannot start is an error with reason and remedy, and nothing else takes its place", () => {
    const { status, stdout, stderr } = weightbook(command, { WEIGHTBOOK_BACKEND: "node-gpu" });
    expect(status).toBe(1);
    expect(stdout).toBe("");
    const reason = "@tensorflow/tfjs-node-gpu is not installed; install it with npm run setup:gpu";
    expect(stderr).toContain(`weightbook: the tensor backend "node-gpu" cannot start: ${reason}`);
  });

  it("heeds the memory that its tensors may take", () => {
    const env = { WEIGHTBOOK_BACKEND: "wasm", WEIGHTBOOK_CACHE: join(folder, "little") };
    const { status, stderr } = weightbook([...command, "--memory", "1"], env);
    expect(status).toBe(1);
    expect(stderr).toContain("and the stacked engine has 1 MiB");
  });

  it("that starts makes a zoo whose key says so", () => {
    const env = { WEIGHTBOOK_BACKEND: "wasm", WEIGHTBOOK_CACHE: join(folder, "stacked") };
    const { status, stdout } = weightbook([...command, "--json"], env);
    expect(status).toBe(0);
    const { engine } = JSON.parse(
      readFileSync(join(JSON.parse(stdout).folder, "manifest.json"), "utf8"),
    ).versions;
    expect(engine).toMatch(/^stacked-1-wasm(-fma)?$/);
  });
});

describe("kernel install", () => {
  it("writes a kernelspec that starts this project's kernel, without Python", () => {
    const data = join(folder, "jupyter");
    const { status, stdout } = weightbook(["kernel", "install"], { JUPYTER_DATA_DIR: data });
    expect(status).toBe(0);
    const path = join(data, "kernels", "weightbook", "kernel.json");
    expect(stdout).toContain(path);
    const spec = JSON.parse(readFileSync(path, "utf8"));
    const launcher = fileURLToPath(new URL("../../dist/kernel/launch.js", import.meta.url));
    const connection = ["--connection-file", "{connection_file}"];
    expect(spec.argv).toEqual([process.execPath, "--max-old-space-size=4096", launcher, ...connection]);
    expect(spec.language).toBe("typescript");
    expect(readFileSync(path.replace("kernel.json", "logo-svg.svg"), "utf8")).toMatch(/^<svg /);
    const prefix = weightbook(["kernel", "install", "--prefix", join(folder, "env")]);
    expect(prefix.stdout).toContain(join(folder, "env", "share", "jupyter", "kernels", "weightbook"));
  });
});

it("the kernelspec of the project names no machine path and leads to the launcher", () => {
  const place = new URL("../../environment/jupyter/kernels/weightbook/kernel.json", import.meta.url);
  const spec = JSON.parse(readFileSync(place, "utf8"));
  const launcher = spec.argv[2].replace("{resource_dir}", fileURLToPath(new URL(".", place)));
  expect(spec.argv[0]).toBe("node");
  expect(readFileSync(launcher, "utf8")).toContain("--connection-file");
});

it("doctor reports in words and as JSON", () => {
  const { status, stdout } = weightbook(["doctor", "--json", "--no-rates"]);
  const { healthy, findings } = JSON.parse(stdout);
  expect(status).toBe(healthy ? 0 : 1);
  const names = findings.map(({ name }: { name: string }) => name);
  const own = ["node", "build", "cores", "wasm simd", "image data", "cache", "disk", "kernel"];
  const backends = ["node-gpu", "webgpu", "node", "wasm", "cpu"].map((name) => `backend ${name}`);
  expect(names).toEqual([...own, ...backends]);
  expect(findings.find(({ name }: { name: string }) => name === "wasm simd").state).toBe("ok");
  expect(weightbook(["doctor", "--no-rates"]).stdout).toContain(`ok      cache             ${folder}`);
});

it("zoo list names the published zoos", () => {
  const { named, trained } = JSON.parse(weightbook(["zoo", "list", "--json"]).stdout);
  expect(named.map(({ name }: { name: string }) => name)).toContain("mlp-trajectory");
  expect(trained).toEqual([]);
});

it("a zoo's name means its own folders, not those of zoos whose names begin with it", () => {
  const before = process.env.WEIGHTBOOK_CACHE;
  process.env.WEIGHTBOOK_CACHE = join(folder, "places");
  const place = (name: string) => join(folder, "places", "zoos", name);
  try {
    mkdirSync(place("mnist-hyp-1-fix-seed-quick-0123456789ab"), { recursive: true });
    mkdirSync(place("mnist-hyp-quick-backup"));
    expect(() => findZoo("mnist-hyp")).toThrow(/there is no trained zoo "mnist-hyp"/);
    expect(() => findZoo("mnist-hyp", "quick")).toThrow(/"mnist-hyp" at preset quick/);
    expect(() => findZoo("mnist.hyp-1-fix-seed")).toThrow(/no trained zoo/);
    mkdirSync(place("mnist-hyp-custom-0123456789ab"));
    expect(findZoo("mnist-hyp")).toBe(place("mnist-hyp-custom-0123456789ab"));
    expect(findZoo("mnist-hyp-1-fix-seed", "quick")).toBe(place("mnist-hyp-1-fix-seed-quick-0123456789ab"));
  } finally {
    if (before === undefined) delete process.env.WEIGHTBOOK_CACHE;
    else process.env.WEIGHTBOOK_CACHE = before;
  }
});

it("lab says how to get a Jupyter where there is none", () => {
  const { status, stdout } = weightbook(["lab"], { PATH: folder });
  expect(status).toBe(1);
  expect(stdout).toContain("pip install jupyterlab");
});
