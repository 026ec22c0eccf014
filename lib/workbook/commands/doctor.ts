import { accessSync, constants, existsSync, mkdirSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { laneSimd } from "../../compute/lanes.js";
import { cacheFolder, projectRoot, workerCount } from "../../core/environment.js";
import { isAtHand } from "../../datasets/files.js";
import { datasetSources } from "../../datasets/registry.js";
import { nodeTrouble } from "../../kernel/node-version.js";
import { laneEngine } from "../../zoo/engine/lanes.js";
import { type Command, type Context, readArguments } from "../command.js";
import { checkBackends } from "../doctor/backends.js";
import type { Finding } from "../doctor/finding.js";
import { installedKernelspec } from "../kernelspec.js";

const help = `weightbook doctor [--no-rates] [--json]

Says what this machine offers and what is missing. Exit 1 when something is missing that weightbook cannot do without.
Each tensor backend that starts is measured for a second; --no-rates leaves that out.
`;

type Check = () => Omit<Finding, "name">;

const checks: Readonly<Record<string, Check>> = {
  node: () => {
    const trouble = nodeTrouble();
    return trouble ? { state: "missing", detail: trouble } : { state: "ok", detail: process.version };
  },
  build: () => {
    const built = existsSync(join(projectRoot, "dist", "index.js"));
    return {
      state: built ? "ok" : "missing",
      detail: built ? "dist is there" : "dist is missing: npm run build",
    };
  },
  cores: () => {
    const memory = (totalmem() / 2 ** 30).toFixed(0);
    return {
      state: "ok",
      detail: `${availableParallelism()} cores, ${workerCount()} workers, ${memory} GiB of memory`,
    };
  },
  "wasm simd": () => {
    if (!WebAssembly.validate(simdModule)) {
      return { state: "missing", detail: "no; use a newer Node or another CPU" };
    }
    const fused = laneSimd() === "fma";
    const detail = fused ? "yes, with fused multiply-adds" : "yes, plain (no fused multiply-adds)";
    return { state: "ok", detail: `${detail}; zoos are made by engine ${laneEngine.version}` };
  },
  "image data": () => {
    const found = datasetSources.filter(isAtHand).map(({ name }) => name);
    const rest = datasetSources.filter((source) => !isAtHand(source));
    const open = rest.map(
      ({ name, forms }) =>
        `${name} (${forms.some(({ mirrors }) => mirrors.length > 0) ? "downloaded when needed" : "not found"})`,
    );
    const place = process.env.WEIGHTBOOK_DATA
      ? `WEIGHTBOOK_DATA is ${process.env.WEIGHTBOOK_DATA}`
      : "WEIGHTBOOK_DATA is not set";
    const detail = [
      `found: ${found.join(", ") || "none"}`,
      ...(open.length ? [`not here: ${open.join(", ")}`] : []),
      place,
    ];
    return { state: found.length > 0 ? "ok" : "note", detail: detail.join("; ") };
  },
  cache: () => {
    const folder = cacheFolder();
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
      return { state: "ok", detail: folder };
    } catch {
      return {
        state: "missing",
        detail: `${folder} cannot be written; set WEIGHTBOOK_CACHE to a folder that can`,
      };
    }
  },
  disk: () => {
    const { bavail, bsize } = statfsSync(existing(cacheFolder()));
    const free = (bavail * bsize) / 2 ** 30;
    const detail = `${free.toFixed(1)} GiB free where the cache is`;
    return free < 5
      ? { state: "note", detail: `${detail}; the preset laptop wants about 5 GiB` }
      : { state: "ok", detail };
  },
  kernel: () => {
    const found = installedKernelspec();
    if (!found) {
      const detail =
        'only inside the project; "weightbook kernel install" registers it for every Jupyter of yours';
      return { state: "note", detail };
    }
    if (found.current) return { state: "ok", detail: found.path };
    return {
      state: "note",
      detail: `${found.path} starts another copy; "weightbook kernel install" renews it`,
    };
  },
};

/** A function that returns a v128: valid only where SIMD is. */
const simdModule = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
  11,
]);

/** The nearest folder above that exists. */
function existing(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : existing(dirname(folder));
}

async function run(args: readonly string[], { print, signal }: Context): Promise<number> {
  const flags = { json: { type: "boolean" }, "no-rates": { type: "boolean" } } as const;
  const { values } = readArguments("doctor", args, flags);
  const rates = !values["no-rates"];
  const own: Finding[] = Object.entries(checks).map(([name, check]) => ({ name, ...check() }));
  if (!values.json) print(own.map(line).join(""));
  const isLive = rates && !values.json && process.stdout.isTTY === true;
  const backends = await checkBackends({
    ...{ rates, signal },
    // The words stand until the line is written over.
    onStart: (name) => isLive && print(`\r\u001b[Kmeasuring ${name} ...`),
  });
  if (isLive) print("\r\u001b[K");
  const findings = [...own, ...backends];
  const healthy = findings.every(({ state }) => state !== "missing");
  print(values.json ? `${JSON.stringify({ healthy, findings })}\n` : backends.map(line).join(""));
  return healthy ? 0 : 1;
}

function line({ name, state, detail }: Finding): string {
  return `${state.padEnd(8)}${name.padEnd(18)}${detail}\n`;
}

export const doctorCommand: Command = { help, run };
