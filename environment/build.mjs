// Builds dist/ from lib/: AssemblyScript kernels to WebAssembly, TypeScript to ES modules and type declarations.
// Runs from npm's prepare step, so it needs nothing but Node and the installed packages.
// `--if-stale` returns at once when no source is newer than the last build.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);
const stamp = join(root, "dist", ".built");
const assembly = join(root, "lib", "compute", "assembly");

/** Newest modification time (ms) of the files below a folder. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    latest = Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return latest;
}

function isStale() {
  if (!existsSync(stamp)) return true;
  const inputs = [newest(join(root, "lib"))];
  for (const file of ["tsconfig.json", "package-lock.json", "environment/build.mjs"]) {
    if (existsSync(join(root, file))) inputs.push(statSync(join(root, file)).mtimeMs);
  }
  return Math.max(...inputs) > statSync(stamp).mtimeMs;
}

function run(label, script, args) {
  const result = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (result.status !== 0) {
    console.error(`build: ${label} failed; fix the message above and run npm run build again`);
    process.exit(result.status ?? 1);
  }
}

/** Path of a package's file, found without going through its exports map. */
function packageFile(name, file) {
  return join(dirname(require.resolve(`${name}/package.json`)), file);
}

/**
 * Lets a notebook's TypeScript find this package by its name: the compiler in stock Jupyter kernels looks for it in
 * node_modules only. Our own kernel does without.
 */
function linkOwnPackage() {
  const modules = join(root, "node_modules");
  const link = join(modules, "weightbook");
  if (!existsSync(modules) || existsSync(link)) return;
  try {
    symlinkSync(process.platform === "win32" ? root : "..", link, "junction");
  } catch (error) {
    console.error(`build: no link ${link} could be made (${error.message}); only stock kernels need it`);
  }
}

linkOwnPackage();
if (process.argv.includes("--if-stale") && !isStale()) process.exit(0);
rmSync(stamp, { force: true });
const started = Date.now();
mkdirSync(join(root, "dist", "compute", "assembly"), { recursive: true });
const asc = join(root, "node_modules", "assemblyscript", "bin", "asc.js");
// One entry file a kernel module; files that start with "_" are shared pieces.
const modules = existsSync(assembly)
  ? readdirSync(assembly).filter((file) => file.endsWith(".ts") && !file.startsWith("_"))
  : [];
/** Compiles one kernel, with relaxed SIMD (fused multiply-adds) to NAME.fma.wasm. */
function assemble(file, fused) {
  const out = join("dist", "compute", "assembly", file.replace(/\.ts$/, fused ? ".fma.wasm" : ".wasm"));
  const built = join(root, out);
  if (existsSync(built) && newest(assembly) < statSync(built).mtimeMs) return;
  const features = ["--enable", "simd", ...(fused ? ["--enable", "relaxed-simd"] : [])];
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", ...features];
  run(`asc ${file}`, asc, [join(assembly, file), "-o", out, ...options]);
}
/** The tensor kernels live in memory that is not theirs: data of their own would be written over tensors. */
function refuseDataSegments(file) {
  const bytes = readFileSync(join(root, "dist", "compute", "assembly", file));
  for (let at = 8; at < bytes.length; ) {
    const section = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      size |= (bytes[at] & 127) << shift;
      if (bytes[at++] < 128) break;
    }
    if (section === 11) {
      console.error(
        `build: ${file} has a data segment (Math functions of AssemblyScript bring one); remove its cause`,
      );
      process.exit(1);
    }
    at += size;
  }
}
/** The script of the atlas page: one file without imports, since a page opened from disk can load no modules. */
async function bundleAtlas() {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(root, "lib", "atlas", "page", "main.ts")],
    outfile: join(root, "dist", "atlas", "page.js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    // What stands in the page's own element must not end it.
    supported: { "inline-script": false },
    legalComments: "none",
  }).catch(() => {
    console.error("build: the atlas page failed; fix the message above and run npm run build again");
    process.exit(1);
  });
}
for (const file of modules) assemble(file, false);
// Kernels that gain from fused multiply-adds are built in both ways; which one runs is decided on the machine.
for (const file of ["gemm.ts", "lanes.ts", "tensors.ts"]) assemble(file, true);
for (const file of ["tensors.wasm", "tensors.fma.wasm"]) refuseDataSegments(file);
run("tsc", packageFile("typescript", "bin/tsc"), ["-p", "tsconfig.json"]);
await bundleAtlas();
writeFileSync(stamp, "");
console.log(`build: dist is ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
