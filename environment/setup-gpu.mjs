// npm run setup:gpu: TensorFlow with CUDA for the backend `node-gpu`. Says what that needs, checks this machine, and
// installs it after a yes; where it cannot be, shows whether WebGPU, which needs no CUDA, finds a GPU.
//   --check   only reports        --yes   installs without asking
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { findTfjsNode, tfjsNodeFolder } = await import("../dist/compute/tensors/backends/tfjs-node-place.js");
const name = "@tensorflow/tfjs-node-gpu";
const version = "4.22.0";
const say = (line) => process.stdout.write(`${line}\n`);

/** What a command prints; undefined where it is missing or fails. */
function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 20_000 });
  return status === 0 ? stdout : undefined;
}

/** File names of the libraries that the system's loader finds. */
function libraries() {
  if (process.platform === "win32") return listed(process.env.PATH);
  const cached = output("ldconfig", ["-p"]) ?? output("/sbin/ldconfig", ["-p"]) ?? "";
  const names = cached.split("\n").map((line) => line.trim().split(" ")[0]);
  return [...names, ...listed(process.env.LD_LIBRARY_PATH)];
}

function listed(path) {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder && existsSync(folder));
  return folders.flatMap((folder) => readdirSync(folder));
}

/** Each need: what it is called, whether it is met (and by what), and the way out. */
function needs() {
  const found = libraries();
  const library = (pattern) => found.find((entry) => pattern.test(entry));
  const gpu = output("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"]);
  const isPlatform = ["linux", "win32"].includes(process.platform) && process.arch === "x64";
  const isNode = Number(process.versions.node.split(".")[0]) <= 22;
  const here = `${process.platform} ${process.arch}`;
  return [
    ["Linux or Windows on x64", isPlatform && here, `this is ${here}`],
    ["Node 22 or older", isNode && process.version, `this is ${process.version}; install Node 22`],
    ["an NVIDIA GPU with its driver", gpu?.trim().split("\n")[0], "nvidia-smi finds none"],
    [
      "CUDA 11.2 or a later CUDA 11",
      library(/^libcudart\.so\.11|^cudart64_11\d*\.dll$/i),
      "libcudart of CUDA 11 is not among the system's libraries",
    ],
    [
      "cuDNN 8",
      library(/^libcudnn\.so\.8|^cudnn64_8\.dll$/i),
      "libcudnn 8 is not among the system's libraries",
    ],
  ].map(([need, met, remedy]) => ({ need, met, remedy }));
}

/** Starts a backend in a process of its own, as the doctor does: its report. */
function tryBackend(backend) {
  const program = join(root, "dist", "workbook", "doctor", "backend-child.js");
  const printed = output(process.execPath, [program, backend]);
  if (printed === undefined)
    return { reason: "its process crashed or hung", remedy: "update the GPU's driver" };
  return JSON.parse(printed.trim().split("\n").at(-1));
}

/** Tries a backend and tells what came of it. */
function starts(backend) {
  const report = tryBackend(backend);
  const text = report.device
    ? [`works on ${report.device}`, ...report.notes].join("; ")
    : `does not start: ${[report.reason, report.remedy].filter(Boolean).join("; ")}`;
  say(`${backend} ${text}`);
  return report.device !== undefined;
}

/** Installs into a folder of its own: the project's lock file gives this name's sibling to another package. */
function install() {
  const folder = tfjsNodeFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const npm = process.env.npm_execpath;
  const args = ["install", "--no-audit", "--no-fund", `${name}@${version}`];
  const [command, all] = npm ? [process.execPath, [npm, ...args]] : ["npm", args];
  // The running script's npm passes its own folder on by these.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(config_(local_)?prefix|package_)/.test(key)),
  );
  const { status } = spawnSync(command, all, { cwd: folder, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`npm could not install ${name}; its message is above`);
}

async function agree(yes) {
  if (yes) return true;
  if (!process.stdin.isTTY) throw new Error("nobody can be asked here; give --yes to install");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question("Install it? [y/N] ");
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

function readFlags() {
  try {
    return parseArgs({ options: { check: { type: "boolean" }, yes: { type: "boolean" } } }).values;
  } catch (error) {
    throw new Error(`${error.message.split(/[.\n]/)[0]}; it knows --check, --yes`);
  }
}

async function main() {
  const flags = readFlags();
  say(`${name} ${version} (the backend node-gpu) needs a download of more than 300 MB from Google's storage`);
  say(`into ${tfjsNodeFolder()}, and:`);
  const all = needs();
  for (const { need, met, remedy } of all) say(`  ${met ? "ok     " : "missing"} ${need}: ${met || remedy}`);
  const lacking = all.filter(({ met }) => !met);
  const place = findTfjsNode(name);
  if (place) {
    say(`${name} ${place.version} is installed in ${place.folder}`);
    if (starts("node-gpu")) return;
  }
  if (lacking.length === 0) {
    if (flags.check) return say("It can be installed: npm run setup:gpu -- --yes");
    if (!(await agree(flags.yes))) return;
    install();
    if (starts("node-gpu")) return;
    throw new Error(
      "it was installed but does not start; weightbook doctor tells what the other backends do",
    );
  }
  say("It cannot be used here. WebGPU needs no CUDA and runs on any GPU with a current driver:");
  if (starts("webgpu") || flags.check) return;
  throw new Error("neither CUDA nor WebGPU can be used on this machine; the lines above say what each lacks");
}

main().catch((error) => {
  process.stderr.write(`setup:gpu: ${error.message}\n`);
  process.exitCode = 1;
});
