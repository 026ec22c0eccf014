import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportZoo, importCheckpoints, importNws, importUnterthiner } from "#lib/zoo/interop/index.js";
import type { ImportedZoo } from "#lib/zoo/store/zoo.js";
import { filesBelow, fixtures, scratchFolder } from "../helpers/interop.js";
import { pythonWith, runPython } from "../helpers/python.js";

/** The shortest reader of safetensors that could be: what the format promises to any language. */
const readSafetensors = `
import json, struct, sys
import numpy as np
def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    cut = lambda t: np.frombuffer(data[slice(*t["data_offsets"])], "<f4").reshape(t["shape"])
    return {name: cut(tensor) for name, tensor in header.items()}
`;

/** Sum of every row, added in the order of its entries so that both sides round alike. */
const rowSums = `
def sums(rows):
    return [float(np.cumsum(row.astype(np.float64))[-1]) for row in rows]
`;

const withNumpy = pythonWith("numpy");
const withPandas = pythonWith("numpy", "pandas");
const withTorch = pythonWith("numpy", "torch");
const withPackage = pythonWith("numpy", "safetensors");
const withParquet = pythonWith("pandas", "pyarrow");

let place: string;
let zoo: ImportedZoo;
let mixed: ImportedZoo;
const sums: number[] = [];

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), "weightbook-python-"));
  zoo = await importUnterthiner(join(fixtures, "unterthiner"), { folder: join(place, "zoo") });
  mixed = await importNws(join(fixtures, "nws"), { folder: join(place, "mixed"), snapshots: [1, 20] });
  for (const format of ["npy", "safetensors", "unterthiner"] as const) {
    await exportZoo(zoo, join(place, format), format);
  }
  for await (const { vector } of zoo.vectors()) sums.push(vector.reduce((sum, weight) => sum + weight, 0));
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

test.skipIf(!withNumpy)("numpy opens our .npy (needs numpy)", () => {
  const script = `import json, sys
import numpy as np${rowSums}
w = np.load(sys.argv[1])
print(json.dumps([w.dtype.str, w.shape, sums(w)]))`;
  expect(runPython(withNumpy!, script, join(place, "npy", "weights.npy"))).toEqual(["<f4", [8, 4970], sums]);
});

test.skipIf(!withNumpy)("a reader of ten lines opens a zoo's weights.safetensors (needs numpy)", () => {
  const script = `${readSafetensors}${rowSums}
w = read(sys.argv[1])["weights"]
m = read(sys.argv[2])
print(json.dumps([w.shape, sums(w), {name: t.size for name, t in m.items()}]))`;
  const paths = [zoo, mixed].map(({ folder }) => join(folder, "weights.safetensors"));
  const vectors = { "weights/0/0": 229, "weights/0/19": 229, "weights/1/0": 670, "weights/1/38": 670 };
  expect(runPython(withNumpy!, script, ...paths)).toEqual([[8, 4970], sums, vectors]);
});

test.skipIf(!withPackage)(
  "the safetensors package opens both kinds of files (needs safetensors: environment/setup-tests.sh)",
  () => {
    const script = `import json, sys
from safetensors.numpy import load_file
w = load_file(sys.argv[1])["weights"]
c = load_file(sys.argv[2])
print(json.dumps([w.shape, sorted(c)[:2], c["0.weight"].shape]))`;
    const paths = [
      join(zoo.folder, "weights.safetensors"),
      join(place, "safetensors/model-00000/epoch-00020.safetensors"),
    ];
    expect(runPython(withPackage!, script, ...paths)).toEqual([
      [8, 4970],
      ["0.bias", "0.weight"],
      [16, 1, 3, 3],
    ]);
  },
);

test.skipIf(!withPandas)("pandas reads facts and metrics as we hold them (needs pandas)", () => {
  const script = `import json, sys
import pandas as pd
f = pd.read_csv(sys.argv[1])
m = pd.read_csv(sys.argv[2], index_col=0)
print(json.dumps([f["test_accuracy"].tolist(), f["diverged"].tolist(), int(f["test_loss"].isna().sum()), f["activation"].tolist(),
  m["step"].tolist(), m["config.learning_rate"].tolist(), m["config.dataset"].unique().tolist(), m["laststep"].dtype.name]))`;
  const { facts } = zoo;
  expect(
    runPython(withPandas!, script, join(place, "npy/facts.csv"), join(place, "unterthiner/metrics.csv.gz")),
  ).toEqual([
    [...facts.test_accuracy],
    facts.diverged,
    1,
    facts.activation,
    [...facts.epoch],
    [...facts.learning_rate],
    ["fashion_mnist"],
    "bool",
  ]);
});

test.skipIf(!withParquet)(
  "pandas reads checkpoints.parquet, all columns and types (needs pyarrow: environment/setup-tests.sh)",
  () => {
    const script = `import json, sys
import pandas as pd
t = pd.read_parquet(sys.argv[1])
lists = {name: [None if value != value else value for value in t[name].tolist()] for name in t}
print(json.dumps([lists, {name: t[name].dtype.name for name in t}]))`;
    for (const { folder, facts } of [zoo, mixed]) {
      const columns = Object.entries(facts).map(([name, column]) => [
        name,
        Array.from<unknown>(column).map((value) => (Number.isNaN(value) ? null : value)),
      ]);
      const types = Object.entries(facts).map(([name, column]) => {
        if (column instanceof Int32Array) return [name, "int32"];
        if (column instanceof Float64Array) return [name, "float64"];
        return [name, typeof column[0] === "boolean" ? "bool" : "object"];
      });
      expect(runPython(withParquet!, script, join(folder, "checkpoints.parquet"))).toEqual([
        Object.fromEntries(columns),
        Object.fromEntries(types),
      ]);
    }
  },
);

test.skipIf(!withTorch)(
  "torch computes the same with the exported tensors as with the published ones (needs torch)",
  () => {
    const script = `${readSafetensors}
import torch
from torch import nn
class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))
conv = lambda n: nn.Conv2d(n, 16, 3, 2)
net = nn.Sequential(conv(1), nn.ReLU(), nn.Identity(), conv(16), nn.ReLU(), nn.Identity(), conv(16), nn.ReLU(), nn.Identity(), Mean(), nn.Linear(16, 10))
net.load_state_dict({name: torch.tensor(value) for name, value in read(sys.argv[1]).items()})
y, x = np.meshgrid(np.arange(28), np.arange(28), indexing="ij")
image = torch.tensor(((7 * y + 3 * x) % 11 / 11).astype(np.float32))[None, None]
print(json.dumps(net(image)[0].tolist()))`;
    const path = join(place, "safetensors/model-00000/epoch-00020.safetensors");
    const logits = runPython(withTorch!, script, path) as number[];
    const { unterthiner } = JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8"));
    unterthiner.logits.forEach((logit: number, i: number) => {
      expect(logits[i]).toBeCloseTo(logit, 5);
    });
  },
);

const converter = fileURLToPath(new URL("../../environment/convert-pt.py", import.meta.url));

/** Makes a small zoo file and trials as the St. Gallen group's code leaves them, from a class that is gone afterwards. */
const makeTorchZoo = `
import json, os, sys, types
from collections import OrderedDict
from pathlib import Path
import torch
root = sys.argv[1]
module = types.ModuleType("checkpoints_to_datasets.dataset_base")
class ModelDatasetBase: pass
ModelDatasetBase.__module__ = module.__name__
ModelDatasetBase.__qualname__ = "ModelDatasetBase"
module.ModelDatasetBase = ModelDatasetBase
sys.modules["checkpoints_to_datasets"] = types.ModuleType("checkpoints_to_datasets")
sys.modules[module.__name__] = module
def state(seed):
    start = 100 * seed
    values = lambda *shape: torch.arange(start, start + torch.Size(shape).numel()).float().reshape(shape)
    return OrderedDict([("module_list.0.weight", values(2, 1, 2, 2)), ("module_list.0.bias", values(2) + 10),
      ("module_list.1.weight", values(2) + 20), ("module_list.1.bias", values(2) + 22),
      ("module_list.1.running_mean", values(2) + 24), ("module_list.1.running_var", values(2) + 26),
      ("module_list.1.num_batches_tracked", torch.tensor(7)),
      ("module_list.10.weight", (values(3, 2) + 30).half()), ("module_list.10.bias", values(3).double() + 40)])
def dataset(seeds):
    d = ModelDatasetBase()
    d.data_in = [state(s) for s in seeds]
    d.paths = [Path("zoo") / f"trial_{s // 2}" for s in seeds]
    d.epochs = [5 * (s % 2) for s in seeds]
    d.properties = {"training_iteration": list(d.epochs), "seed": [s // 2 for s in seeds], "test_acc": [s / 8 for s in seeds],
      "train_acc": [s / 8 + .125 for s in seeds], "ggap": [.125 for s in seeds], "model::nlin": ["tanh" for s in seeds]}
    return d
torch.save({"trainset": dataset([0, 1, 2, 3]), "valset": dataset([4, 5]), "testset": dataset([6, 7])}, os.path.join(root, "zoo.pt"))
for trial in range(2):
    place = os.path.join(root, "trials", f"NN_{trial}")
    lines = []
    for epoch in range(1, 4):
        folder = os.path.join(place, f"checkpoint_{epoch:06d}")
        os.makedirs(folder)
        torch.save(state(3 * trial + epoch), os.path.join(folder, "checkpoints"))
        lines.append(json.dumps({"training_iteration": epoch, "test_acc": epoch / 4, "test_loss": float("nan"), "pid": 1,
          "config": {"optim::lr": .001, "model::init_type": "kaiming_uniform", "seed": trial, "model::channels_in": 1}}))
    open(os.path.join(place, "result.json"), "w").write("\\n".join(lines + ['{"training_it']))
place = os.path.join(root, "named", "NN", "checkpoint_000001")
os.makedirs(place)
layers = [f"{name}.weight" for name in ("features.0", "features.3", "classifier.1")]
torch.save({name: torch.full((1, 1), float(i)) for i, name in enumerate(layers)}, os.path.join(place, "checkpoints"))
class Trap:
    def __reduce__(self):
        return (open, (os.path.join(root, "trapped"), "w"))
torch.save({"trainset": {"weights": torch.zeros(2, 3), "properties": {"x": [Trap(), 1]}}}, os.path.join(root, "trap.pt"))
print("null")
`;

/** The row that `state(seed)` above must become, in our order. */
function row(seed: number): number[] {
  const values = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => 100 * seed + from + i);
  return [...values(0, 8), ...values(10, 2), ...values(20, 8), ...values(30, 6), ...values(40, 3)];
}

test.skipIf(!withTorch)(
  "zoo files and trials of the St. Gallen group are converted and imported (needs torch)",
  async () => {
    const folder = scratchFolder();
    runPython(withTorch!, makeTorchZoo, folder);
    const convert = (...args: string[]) => spawnSync(withTorch!, [converter, ...args], { encoding: "utf8" });

    const file = convert(join(folder, "zoo.pt"), join(folder, "converted"));
    expect(file.stderr).toMatch(/ModelDatasetBase are read as plain fields/);
    expect(file.status).toBe(0);
    const first = await importCheckpoints(join(folder, "converted"), { folder: join(folder, "a") });
    const rows: number[][] = [];
    for await (const { vector } of first.vectors()) rows.push([...vector]);
    expect(rows).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(row));
    expect(first.layout.tensors.map(({ layer, name }) => `${layer} ${name}`)).toEqual([
      "0 kernel",
      "0 bias",
      "1 gamma",
      "1 beta",
      "1 mean",
      "1 variance",
      "10 kernel",
      "10 bias",
    ]);
    const { facts } = first;
    expect([...facts.model]).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect([...facts.epoch]).toEqual([0, 5, 0, 5, 0, 5, 0, 5]);
    expect(facts.split).toEqual([
      "train",
      "train",
      "train",
      "train",
      "validation",
      "validation",
      "test",
      "test",
    ]);
    expect([...facts.test_accuracy]).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((seed) => seed / 8));
    expect([...facts.generalization_gap]).toEqual(new Array(8).fill(0.125));
    expect(facts.activation[0]).toBe("tanh");
    expect([...facts.seed]).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);

    const trials = convert(join(folder, "trials"), join(folder, "trials-converted"), "--epochs", "1,3");
    expect([trials.status, trials.stderr]).toEqual([0, ""]);
    const second = await importCheckpoints(join(folder, "trials-converted"), { folder: join(folder, "b") });
    expect([...second.facts.epoch]).toEqual([1, 3, 1, 3]);
    expect([...second.facts.test_accuracy]).toEqual([0.25, 0.75, 0.25, 0.75]);
    expect(second.facts.learning_rate).toEqual(new Float64Array(4).fill(0.001));
    expect(second.facts.init[0]).toBe("kaiming_uniform");
    expect(second.facts.pid).toBeUndefined();
    expect([...second.weightsOf(3)]).toEqual(row(6));

    // Numbers behind different names are no order: the state_dict's own stands.
    expect(convert(join(folder, "named"), join(folder, "named-converted")).status).toBe(0);
    const third = await importCheckpoints(join(folder, "named-converted"), { folder: join(folder, "c") });
    expect([...third.weightsOf(0)]).toEqual([0, 1, 2]);
  },
);

test.skipIf(!withTorch)("no code in a torch file is run (needs torch)", () => {
  const folder = scratchFolder();
  runPython(withTorch!, makeTorchZoo, folder);
  const { status, stderr } = spawnSync(
    withTorch!,
    [converter, join(folder, "trap.pt"), join(folder, "out")],
    {
      encoding: "utf8",
    },
  );
  expect(stderr).toMatch(/open are read as plain fields; no code of theirs is run/);
  expect(status).toBe(0);
  expect(() => readFileSync(join(folder, "trapped"))).toThrow(/ENOENT/);
});

test.skipIf(!withTorch)("the converter says what is wrong and leaves nothing (needs torch)", () => {
  const folder = scratchFolder();
  const { status, stderr } = spawnSync(withTorch!, [converter, folder, join(folder, "out")], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^convert-pt: .* holds no checkpoints of the epochs asked for\n$/);
  expect(filesBelow(folder)).toEqual([]);
});
