import { copyFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "#lib/kernel/protocol/wire.js";
import { KernelClient } from "#lib/workbook/runner/client.js";

const folder = mkdtempSync(join(tmpdir(), "weightbook-interrupts-"));
let client: KernelClient;
let onMessage: (message: Message) => void = () => undefined;

/** Long enough for every call to be at work, short enough for none to be done. */
const headStartMs = 400;

interface Cell {
  readonly ename: unknown;
  readonly text: string;
  /** From the interrupt to the cell's end, in ms. */
  readonly late: number;
}

/** Runs a cell, and interrupts it `headStartMs` after it began, where that is wanted. */
async function run(code: string, interrupt = false): Promise<Cell> {
  let id = "";
  let text = "";
  let interruptedAt = Number.NaN;
  onMessage = ({ header, parent_header, content }) => {
    if (parent_header.msg_id !== id) return;
    if (header.msg_type === "stream") text += content.text;
    if (!interrupt || header.msg_type !== "execute_input") return;
    setTimeout(() => {
      interruptedAt = performance.now();
      client.interrupt();
    }, headStartMs);
  };
  const reply = await client.execute(code, (sent) => {
    id = sent;
  });
  const { ename, evalue } = reply.content;
  return {
    ename,
    text: ename === undefined ? text : `${ename}: ${evalue}`,
    late: performance.now() - interruptedAt,
  };
}

/** Runs a cell that must not fail; returns what it prints. */
async function done(code: string): Promise<string> {
  const { ename, text } = await run(code);
  expect(ename, text).toBeUndefined();
  return text.trim();
}

/**
 * The least share of a core that the kernel used in any tenth of the next second: about 0 when work has stopped (what
 * the collection of garbage takes does not last), 1 when it goes on.
 */
async function busyShare(): Promise<number> {
  return Number(
    await done(`let share = 1;
      for (let tenth = 0; tenth < 10 && share > 0.2; tenth++) {
        const before = process.cpuUsage();
        await new Promise((resolve) => setTimeout(resolve, 100));
        const used = process.cpuUsage(before);
        share = Math.min(share, (used.user + used.system) / 100_000);
      }
      console.log(share);`),
  );
}

beforeAll(async () => {
  client = await KernelClient.start({
    cwd: folder,
    env: { WEIGHTBOOK_CACHE: join(folder, "cache"), WEIGHTBOOK_DATA: "" },
    onPublished: (message) => onMessage(message),
  });
  await done(`import * as wb from "weightbook";
    import { mkdirSync, writeFileSync } from "node:fs";
    /** Pseudo-random points; the seed is the shape's. */
    const points = (rows: number, cols: number) => {
      const data = new Float32Array(rows * cols);
      let state = rows + cols;
      for (let i = 0; i < data.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        data[i] = state / 2 ** 32 - 0.5;
      }
      return wb.matrix(rows, cols, data);
    };
    /** Points as the weights of a network of one kernel. */
    const weightRows = (weights: wb.Matrix): wb.WeightRows => {
      const tensor = { layer: 0, name: "kernel", shape: [1, weights.cols], offset: 0 } as const;
      return { weights, layout: { tensors: [tensor], parameters: weights.cols } };
    };
    const rng = () => wb.RandomStream.fromSeed(1);
    /** A zoo of 40 models in a folder of its own. */
    const makeZoo = async (name: string, rows: number, cols: number): Promise<wb.ImportedZoo> => {
      mkdirSync(name, { recursive: true });
      const weights = points(rows, cols).data;
      const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + cols + "), }";
      const head = Buffer.alloc(128, " ");
      head.write("\\x93NUMPY\\x01\\x00", "latin1");
      head.writeUInt16LE(118, 8);
      head.write(header, 10);
      head[127] = 10;
      writeFileSync(name + "/weights.npy", Buffer.concat([head, new Uint8Array(weights.buffer)]));
      const perModel = rows / 40;
      const lines = Array.from({ length: rows }, (_, i) => Math.floor(i / perModel) + "," + (i % perModel));
      writeFileSync(name + "/facts.csv", ["model,epoch", ...lines, ""].join("\\n"));
      return wb.importMatrix(name + "/weights.npy", { folder: name + "/zoo" });
    };
    const small = await makeZoo("small", 200, 20);
    const large = await makeZoo("large", 8000, 300);
    await makeZoo("holes", 200, 20);
    const many = points(12000, 700);
    const spec = (epochs: number) =>
      wb.parseZooSpec({ ...wb.namedZoo("tetris-seed", "smoke"), models: 8, epochs } as wb.ZooSpecInput);
    await wb.trainZoo(spec(2), { folder: "trained" });
    await wb.exportZoo(small, "exported", "npy");
    await wb.exportZoo(small, "matrix", "npy");`);
  // Holes in these files make reading them long without taking room on the disk.
  const files = ["exported/weights.npy", "holes/zoo/weights.safetensors", "trained/weights.safetensors"];
  for (const file of files) truncateSync(join(folder, file), 2 ** 33);
});

afterAll(async () => {
  await client.shutdown();
  rmSync(folder, { recursive: true });
});

/** Every long call of the library: one that takes seconds, and a short one of the same kind. */
const calls: readonly (readonly [name: string, long: string, short: string])[] = [
  [
    "trainZoo",
    'await wb.trainZoo(spec(100_000), { folder: "long" })',
    'await wb.trainZoo(spec(1), { folder: "one" })',
  ],
  ["mergeZoo", 'await wb.mergeZoo("trained")', 'await wb.mergeZoo("one")'],
  ["openZoo", 'await wb.openZoo("holes/zoo")', 'await wb.openZoo("small/zoo")'],
  ["verifyZoo", 'await wb.verifyZoo("holes/zoo")', 'await wb.verifyZoo("small/zoo")'],
  [
    "zoo.vectors",
    "await null; for (;;) for await (const { vector } of small.vectors()) vector.sort()",
    "await null; for await (const { vector } of small.vectors()) vector.sort()",
  ],
  [
    "zoo.chunks",
    "await null; for (;;) for await (const { weights } of small.chunks()) weights.data.sort()",
    "await null; for await (const { weights } of small.chunks()) weights.data.sort()",
  ],
  [
    "exportZoo",
    'await wb.exportZoo(await makeZoo("wide", 40_000, 20), "wide-out", "safetensors")',
    'await wb.exportZoo(small, "small-out", "safetensors")',
  ],
  [
    "importMatrix",
    'await wb.importMatrix("exported/weights.npy", { folder: "import-1" })',
    'await wb.importMatrix("matrix/weights.npy", { folder: "import-2" })',
  ],
  [
    "writeImportedZoo",
    `await wb.writeImportedZoo("import-3", {
       spec: small.spec, source: small.source, layout: small.layout, facts: small.facts,
       weights: (function* () { for (;;) yield new Float32Array(0); })(),
     })`,
    `await wb.writeImportedZoo("import-4", {
       spec: small.spec, source: small.source, layout: small.layout, facts: small.facts,
       weights: [small.weights.data],
     })`,
  ],
  [
    "loadDataset",
    'await wb.loadDataset("strokes")',
    'await wb.loadDataset("strokes", { trainImages: 100, testImages: 100 })',
  ],
  [
    "drawStrokes",
    "await wb.drawStrokes(100_000, { rng: rng() })",
    "await wb.drawStrokes(100, { rng: rng() })",
  ],
  [
    "truncatedSvd",
    "await wb.truncatedSvd(many, 500, { rng: rng(), tolerance: 0 })",
    "await wb.truncatedSvd(small.weights, 5, { rng: rng() })",
  ],
  [
    "a representation's fit",
    "await wb.svdRepresentation(500).fit(weightRows(many), { rng: rng() })",
    "await wb.svdRepresentation(5).fit(weightRows(small.weights), { rng: rng() })",
  ],
  [
    "layerStatistics",
    "const statistics = await wb.layerStatistics().fit(weightRows(many), { rng: rng() }); for (;;) await statistics.transform(weightRows(many))",
    "await (await wb.layerStatistics().fit(weightRows(small.weights), { rng: rng() })).transform(weightRows(small.weights))",
  ],
  [
    "pcaRepresentation, linear",
    "await wb.pcaRepresentation({ components: 500 }).fit(weightRows(many), { rng: rng() })",
    "await wb.pcaRepresentation().fit(weightRows(small.weights), { rng: rng() })",
  ],
  [
    "pcaRepresentation, rbf",
    'await wb.pcaRepresentation({ kernel: "rbf", maxRows: 6000 }).fit(weightRows(many), { rng: rng() })',
    'await wb.pcaRepresentation({ kernel: "rbf" }).fit(weightRows(small.weights), { rng: rng() })',
  ],
  [
    "a transform of the rbf kernel",
    'const rbf = await wb.pcaRepresentation({ kernel: "rbf", maxRows: 300 }).fit(weightRows(many), { rng: rng() }); for (;;) await rbf.transform(weightRows(many))',
    'await (await wb.pcaRepresentation({ kernel: "rbf" }).fit(weightRows(small.weights), { rng: rng() })).transform(weightRows(small.weights))',
  ],
  [
    "umapRepresentation",
    "await wb.umapRepresentation({ maxRows: 12_000 }).fit(weightRows(many), { rng: rng() })",
    "await wb.umapRepresentation({ components: 2 }).fit(weightRows(small.weights), { rng: rng() })",
  ],
  [
    "umapRepresentation's epochs",
    "await wb.umapRepresentation({ maxRows: 12_000 }).fit(weightRows(wb.takeCols(many, 3)), { rng: rng() })",
    "await wb.umapRepresentation({ components: 2 }).fit(weightRows(small.weights), { rng: rng() })",
  ],
  [
    "a transform of UMAP",
    "const map = await wb.umapRepresentation({ components: 2, maxRows: 100 }).fit(weightRows(small.weights), { rng: rng() }); for (;;) await map.transform(weightRows(points(20_000, 20)))",
    "await (await wb.umapRepresentation({ components: 2, maxRows: 100 }).fit(weightRows(small.weights), { rng: rng() })).transform(weightRows(small.weights))",
  ],
  [
    "trainHyperRepresentations",
    `await wb.trainHyperRepresentations([{
       name: "one", config: { augmentations: wb.augmentations("none"), latent: 5 }, seed: 1,
       train: weightRows(wb.takeCols(many, 20)), validation: weightRows(wb.takeCols(many, 20)),
     }], { folder: "trainings" })`,
    `await wb.trainHyperRepresentations([{
       name: "two", seed: 1, train: weightRows(small.weights), validation: weightRows(small.weights),
       config: { augmentations: wb.augmentations("none"), latent: 2, width: 8, hidden: 8, steps: 2, evaluations: 1 },
     }], { folder: "trainings" })`,
  ],
  [
    "ridgeProbe",
    `const columns = { train: many, validation: many, test: many };
     const targets = Array.from({ length: 40 }, (_, i) => {
       const own = Float64Array.from({ length: many.rows }, (_, row) => many.data[row * many.cols + i]);
       return { name: String(i), values: { train: own, validation: own, test: own } };
     });
     for (;;) await wb.ridgeProbe(columns, targets)`,
    `const target = { train: small.facts.epoch, validation: small.facts.epoch, test: small.facts.epoch };
     const few = { train: small.weights, validation: small.weights, test: small.weights };
     await wb.ridgeProbe(few, [{ name: "epoch", values: target }])`,
  ],
  [
    "trajectorySvd",
    "await wb.trajectorySvd({ weights: many } as wb.Zoo, { rng: rng() })",
    "await wb.trajectorySvd(small, { rng: rng() })",
  ],
  [
    "umap's neighbours",
    "await wb.umap(many, { rng: rng() })",
    "await wb.umap(small.weights, { rng: rng() })",
  ],
  [
    "umap's epochs",
    "await wb.umap(small.weights, { rng: rng(), epochs: 1_000_000 })",
    "await wb.umap(small.weights, { rng: rng(), epochs: 10 })",
  ],
  [
    "singleLinkage, filtered",
    "await wb.singleLinkage(many)",
    'await wb.singleLinkage(small.weights, { method: "filtered" })',
  ],
  [
    "singleLinkage, direct",
    'await wb.singleLinkage(many, { method: "direct" })',
    'await wb.singleLinkage(small.weights, { method: "direct" })',
  ],
  [
    "nearestModels",
    "await wb.nearestModels(many, new Int32Array(12_000))",
    "await wb.nearestModels(small.weights, small.facts.model)",
  ],
  [
    "runTrajectories",
    "await wb.runTrajectories(large, { rng: rng() })",
    "await wb.runTrajectories(small, { rng: rng() })",
  ],
];

describe("an interrupt stops, within a second and without a signal passed on,", () => {
  it.each(calls)("%s", async (_name, long, short) => {
    const { ename, late, text } = await run(`${long};`, true);
    expect(ename, text).toBe("Interrupted");
    expect(late).toBeLessThan(1000);
    expect(await busyShare()).toBeLessThan(0.5);
    await done(`${short};`);
  });

  it("a download", async () => {
    let asked = 0;
    let open = 0;
    // A mirror that never answers.
    const mirror = createServer((_request, response) => {
      asked++;
      open++;
      response.once("close", () => open--);
    });
    await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}/`;
    const file = `{ name: "a", byteLength: 1, sha256: "" }, ["${url}"], "downloads"`;
    const patience = "{ network: { connectMs: 60_000 } }";
    const { ename, late } = await run(`await wb.downloadFile("set", ${file}, ${patience});`, true);
    expect(ename).toBe("Interrupted");
    expect(late).toBeLessThan(1000);
    await expect.poll(() => [asked, open]).toEqual([1, 0]);
    mirror.close();
  });
});

it("renews wb.signal for the cell after an interrupt", async () => {
  await done("const old = wb.signal;");
  const cell = await run("await new Promise((resolve) => setTimeout(resolve, 60_000));", true);
  expect(cell.ename).toBe("Interrupted");
  const kernels = 'Reflect.get(globalThis, Symbol.for("weightbook.signal"))';
  expect(await done(`console.log(wb.signal.aborted, wb.signal === ${kernels});`)).toBe("false true");
  expect(await done("console.log(old.aborted);")).toBe("true");
});

it("shows the library's own InterruptedError as an interrupt", async () => {
  const { ename, text } = await run('await null; throw new wb.InterruptedError("the count");');
  expect(ename).toBe("Interrupted");
  expect(text).toContain("the count was interrupted");
});

// A notebook's folder may have a weightbook of its own, whose classes are not the kernel's.
it("shows another copy's InterruptedError as an interrupt", async () => {
  const copy = join(folder, "node_modules", "weightbook");
  mkdirSync(copy, { recursive: true });
  writeFileSync(
    join(copy, "package.json"),
    '{ "name": "weightbook", "type": "module", "main": "errors.js" }',
  );
  copyFileSync(fileURLToPath(new URL("../../dist/core/errors.js", import.meta.url)), join(copy, "errors.js"));
  const code =
    'await null; throw new (require("./node_modules/weightbook/errors.js").InterruptedError)("the count");';
  const { ename, text } = await run(code);
  expect(ename, text).toBe("Interrupted");
  expect(text).toContain("the count was interrupted");
});
