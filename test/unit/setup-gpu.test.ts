import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { cloneOfCpu, installStandIn, withoutGpu } from "../helpers/backends.js";
import { noSoftwareVulkan, softwareVulkan } from "../helpers/webgpu.js";

const script = fileURLToPath(new URL("../../environment/setup-gpu.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "weightbook-setup-gpu-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

function setup(args: readonly string[], env: NodeJS.ProcessEnv) {
  const options = { encoding: "utf8", env, timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], options);
  return { status, stdout, stderr };
}

function bareMachine(): NodeJS.ProcessEnv {
  return { ...withoutGpu(join(folder, `cache-${count++}`)), PATH: join(folder, "nothing") };
}

/** A machine with a GPU and CUDA, as far as its tools and the folders of its libraries tell; npm is a stand-in. */
function cudaMachine(npm: string): NodeJS.ProcessEnv {
  const [tools, libraries] = [join(folder, "tools"), join(folder, "libraries")];
  for (const path of [tools, libraries]) mkdirSync(path, { recursive: true });
  writeFileSync(join(tools, "nvidia-smi"), "#!/bin/sh\necho NVIDIA A100, 535.54.03\n");
  chmodSync(join(tools, "nvidia-smi"), 0o755);
  for (const name of ["libcudart.so.11.0", "libcudnn.so.8"]) writeFileSync(join(libraries, name), "");
  const program = join(folder, `npm-${count}.mjs`);
  writeFileSync(program, npm);
  return { ...bareMachine(), PATH: tools, LD_LIBRARY_PATH: libraries, npm_execpath: program };
}

const isPossible = process.platform === "linux" && process.arch === "x64" && process.version < "v23";

describe("npm run setup:gpu", () => {
  it("--check says what is needed, what is there and what WebGPU finds, and changes nothing", () => {
    const env = bareMachine();
    const { status, stdout, stderr } = setup(["--check"], env);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("@tensorflow/tfjs-node-gpu 4.22.0 (the backend node-gpu) needs a download");
    for (const need of ["x64", "Node 22 or older", "NVIDIA GPU", "CUDA 11.2", "cuDNN 8"]) {
      expect(stdout).toMatch(new RegExp(`(ok|missing) .*${need}.*: \\S`));
    }
    expect(stdout).toContain("webgpu does not start: no GPU was found");
    expect(existsSync(env.WEIGHTBOOK_CACHE!)).toBe(false);
  });

  it("where neither can be, it refuses in one sentence, also with --yes", () => {
    const env = bareMachine();
    for (const args of [[], ["--yes"]]) {
      const { status, stderr } = setup(args, env);
      expect(status).toBe(1);
      expect(stderr).toBe(
        "setup:gpu: neither CUDA nor WebGPU can be used on this machine; the lines above say what each lacks\n",
      );
    }
    expect(existsSync(env.WEIGHTBOOK_CACHE!)).toBe(false);
  });

  it("refuses what it does not know", () => {
    const { status, stderr } = setup(["--force"], bareMachine());
    expect(status).toBe(1);
    expect(stderr).toBe("setup:gpu: Unknown option '--force'; it knows --check, --yes\n");
  });

  const vulkan = softwareVulkan();
  it.skipIf(!vulkan)(`is content with WebGPU${vulkan ? "" : ` (${noSoftwareVulkan})`}`, () => {
    const { status, stdout } = setup([], { ...bareMachine(), ...vulkan });
    expect(status).toBe(0);
    expect(stdout).toMatch(/webgpu works on llvmpipe/);
  });
});

describe.skipIf(!isPossible)("on a machine with CUDA (on Linux x64 with Node 22 or older)", () => {
  const record =
    'import { writeFileSync } from "node:fs"; writeFileSync("called", process.argv.slice(2).join(" "));';

  it("asks before it installs, and does nothing where nobody answers", () => {
    const env = cudaMachine(record);
    const { status, stdout, stderr } = setup([], env);
    expect(status).toBe(1);
    expect(stdout).toContain("an NVIDIA GPU with its driver: NVIDIA A100, 535.54.03");
    expect(stderr).toBe("setup:gpu: nobody can be asked here; give --yes to install\n");
    expect(existsSync(env.WEIGHTBOOK_CACHE!)).toBe(false);
    expect(setup(["--check"], env).stdout).toContain("It can be installed: npm run setup:gpu -- --yes");
  });

  it("--yes installs into the folder where the backend is looked for, and says when it does not start", () => {
    const env = cudaMachine(record);
    const { status, stderr } = setup(["--yes"], env);
    const place = join(env.WEIGHTBOOK_CACHE!, "tfjs-node-gpu");
    expect(readFileSync(join(place, "called"), "utf8")).toMatch(
      /^install .*@tensorflow\/tfjs-node-gpu@4\.22\.0$/,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("it was installed but does not start");
  });

  it("says when npm fails", () => {
    const { status, stderr } = setup(["--yes"], cudaMachine("process.exit(1)"));
    expect(status).toBe(1);
    expect(stderr).toBe("setup:gpu: npm could not install @tensorflow/tfjs-node-gpu; its message is above\n");
  });

  it("is done where the package starts", () => {
    const env = cudaMachine("process.exit(1)");
    installStandIn(env.WEIGHTBOOK_CACHE!, "tfjs-node-gpu", cloneOfCpu);
    const { status, stdout } = setup(["--yes"], env);
    expect(status).toBe(0);
    expect(stdout).toContain("node-gpu works on NVIDIA A100");
  });
});
