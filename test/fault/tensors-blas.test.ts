import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { wasmEngines } from "../helpers/tensor-engines.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const hasBlas = wasmEngines.some(({ gemm, missing }) => gemm === "blas" && !missing);

/** Starts the wasm backend in a process and prints the product in use, or the error; `before` runs first. */
function nameWith(environment: Record<string, string>, before = "", work = ""): string {
  const script = `
    import Module from "node:module";
    ${before}
    const { requireBackend, tensorflow } = await import("#lib/compute/tensors/tf.js");
    const { gemmName } = await import("#lib/compute/tensors/wasm/gemm.js");
    const { registerWasmKernels } = await import("#lib/compute/tensors/wasm/register.js");
    const tf = tensorflow();
    requireBackend("@tensorflow/tfjs-backend-wasm");
    await tf.setBackend("wasm");
    registerWasmKernels();
    try {
      const sum = tf.matMul(tf.ones([20, 30]), tf.ones([30, 10])).dataSync();
      if (sum.some((value) => value !== 30)) throw new Error("wrong product");
      ${work}
      console.log(gemmName());
    } catch (error) {
      console.log(error.name, error.message);
    }`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, WEIGHTBOOK_BLAS: "", WEIGHTBOOK_BLAS_THREADS: "", ...environment },
    timeout: 30_000,
  }).trim();
}

/** Puts `made` in the place of the foreign function interface. */
const koffiBy = (made: string) =>
  `const load = Module._load;
   Module._load = (name, ...rest) => (name === "koffi" ? (() => { ${made} })() : load(name, ...rest));`;

test("the environment chooses, and values that it does not know are refused", () => {
  expect(nameWith({ WEIGHTBOOK_BLAS: "off" })).toMatch(/^own sgemm \((fma|plain)\)$/);
  expect(nameWith({ WEIGHTBOOK_BLAS: "off", WEIGHTBOOK_SIMD: "plain" })).toBe("own sgemm (plain)");
  expect(nameWith({ WEIGHTBOOK_BLAS: "maybe" })).toMatch(/UsageError.*"maybe"; give on or off/);
});

test.runIf(hasBlas)("a number of threads that is none is refused", () => {
  expect(nameWith({ WEIGHTBOOK_BLAS: "on", WEIGHTBOOK_BLAS_THREADS: "2" })).not.toMatch(/own|Error/);
  expect(nameWith({ WEIGHTBOOK_BLAS_THREADS: "0" })).toMatch(/UsageError.*"0"; give a positive integer/);
  expect(nameWith({ WEIGHTBOOK_BLAS_THREADS: "two" })).toMatch(/UsageError.*"two"; give a positive integer/);
});

test("without the foreign function interface, the own kernel multiplies, quietly", () => {
  expect(nameWith({}, koffiBy('throw new Error("no binary for this system")'))).toMatch(/^own sgemm/);
});

test.runIf(process.platform === "linux")(
  "the reference BLAS is passed over: it is slower than our kernel",
  () => {
    const generic = (signature: string) => `return {
    address: () => 0n,
    load: (file) => {
      if (!/^lib(c?blas)[.]so/.test(file)) throw new Error("not there");
      return {
        func: (prototype) => {
          if (prototype.includes("cblas_sgemm")) return () => { console.log("used"); process.exit(); };
          if (prototype.includes("${signature}")) return () => 0;
          throw new Error("no symbol");
        },
      };
    },
  };`;
    expect(nameWith({}, koffiBy(generic("no such function")))).toMatch(/^own sgemm/);
    expect(nameWith({}, koffiBy(generic("bli_info_get_version_str")))).toBe("used");
  },
);

test("a library without products, or with wrong ones, is passed over", () => {
  const without = 'return { load: () => ({ func: () => { throw new Error("no symbol"); } }) };';
  expect(nameWith({}, koffiBy(without))).toMatch(/^own sgemm/);
  const idle = "return { address: () => 0n, load: () => ({ func: () => () => undefined }) };";
  expect(nameWith({}, koffiBy(idle))).toMatch(/^own sgemm/);
});

test.runIf(hasBlas)("no library is given a row of no length: some end the process", () => {
  const strict = `
    const { default: koffi } = await import("koffi");
    const watch = (library) => ({
      func: (declaration) => {
        const call = library.func(declaration);
        if (!declaration.includes("sgemm")) return call;
        return (...given) => {
          if ([8, 10, 13].some((place) => given[place] < 1)) throw new Error("a row of no length");
          return call(...given);
        };
      },
    });`;
  const made = `return { address: koffi.address, load: (name) => watch(koffi.load(name)) };`;
  const empty = `
    const { linear } = await import("#lib/compute/tensors/ops/index.js");
    const run = () => [
      linear(tf.zeros([2, 0]), tf.zeros([3, 0])),
      tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])),
      ...tf.grads((x, kernel) => linear(x, kernel).sum())([tf.zeros([2, 5]), tf.zeros([0, 5])]),
    ];
    if (run().some((tensor) => tensor.dataSync().some((value) => value !== 0))) throw new Error("no zeros");`;
  expect(nameWith({ WEIGHTBOOK_BLAS: "on" }, strict + koffiBy(made), empty)).not.toMatch(/own|Error/);
});

test("workers multiply side by side", () => {
  const work = `
    const { Worker } = await import("node:worker_threads");
    const code = \`
      const { parentPort } = await import("node:worker_threads");
        const { requireBackend, tensorflow } = await import("#lib/compute/tensors/tf.js");
        const { registerWasmKernels } = await import("#lib/compute/tensors/wasm/register.js");
        const tf = tensorflow();
        requireBackend("@tensorflow/tfjs-backend-wasm");
        await tf.setBackend("wasm");
        registerWasmKernels();
        const a = tf.ones([200, 150]);
        for (let i = 0; i < 50; i++) {
          const product = tf.matMul(a, a, false, true);
          if (product.dataSync().some((value) => value !== 150)) throw new Error("wrong product");
          product.dispose();
        }
        parentPort.postMessage("done");
      \`;
    await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
      const worker = new Worker(code, { eval: true, execArgv: ["--input-type=module"] });
      worker.on("error", reject);
      worker.on("message", resolve);
    })));`;
  expect(nameWith({}, work)).not.toMatch(/Error/);
});
