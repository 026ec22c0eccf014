import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import type { ZooSpec } from "#lib/zoo/index.js";
import { clusterSpec, trainedHere, Workplace, zooFiles } from "../helpers/slurm.js";
import { scratch, sharedScratch } from "../helpers/zoo.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const cli = join(root, "dist/workbook/cli.js");
const spec: ZooSpec = { ...clusterSpec(60), models: 32 };
let local: Record<string, string>;
beforeAll(async () => {
  local = await trainedHere(spec, join(sharedScratch(), "local"));
});

describe("the Kubernetes job", () => {
  const yaml = read("environment/kubernetes/zoo.yaml");

  test("trains each share once, and the second one merges them", () => {
    const place = new Workplace(scratch(), spec);
    const [train, merge] = [...yaml.matchAll(/exec node (?:[^\n\\]|\\\n)*/g)].map(([text]) =>
      text
        .replaceAll("/opt/weightbook/dist/workbook/cli.js", cli)
        .replaceAll("/store/", `${place.root}/`)
        .replace("/64", "/4"),
    );
    expect(/completions: (\d+)/.exec(yaml)?.[1]).toBe("64");
    expect(yaml).toContain('$((JOB_COMPLETION_INDEX + 1))/64"');
    const bash = (text: string, env: NodeJS.ProcessEnv = {}) =>
      spawnSync("bash", ["-c", text], { env: { ...process.env, ...env }, encoding: "utf8" });
    for (const JOB_COMPLETION_INDEX of ["0", "1", "2", "3"]) {
      expect(bash(train, { JOB_COMPLETION_INDEX }).status).toBe(0);
    }
    expect(bash(merge).status).toBe(0);
    expect(zooFiles(place.zoo)).toEqual(local);
  });
});

describe("GNU parallel", () => {
  const hasParallel = spawnSync("parallel", ["--version"], { encoding: "utf8" }).stdout?.startsWith(
    "GNU parallel",
  );

  test.skipIf(!hasParallel)("trains and merges by the lines of the recipe (needs GNU parallel)", () => {
    const place = new Workplace(scratch(), spec);
    const lines = read("environment/slurm/README.md")
      .split("\n")
      .filter(
        (line) =>
          line.startsWith("    seq 64 | parallel") || line.startsWith("    npx weightbook zoo merge /shared"),
      );
    expect(lines).toHaveLength(2);
    const script = lines
      .join("\n")
      .replaceAll("npx weightbook", `${process.execPath} ${cli}`)
      .replaceAll("/shared/my-zoo", place.zoo)
      .replaceAll("my-zoo.json", join(place.root, "spec.json"))
      .replaceAll("64", "4")
      .replace("--jobs 8", "--jobs 2");
    // Otherwise it asks to be cited, and waits for an answer where there is a terminal.
    const home = join(place.root, "home");
    mkdirSync(join(home, ".parallel"), { recursive: true });
    writeFileSync(join(home, ".parallel", "will-cite"), "");
    const ran = spawnSync("bash", ["-ec", script], { env: { ...process.env, HOME: home }, encoding: "utf8" });
    expect(ran.status, ran.stderr).toBe(0);
    expect(zooFiles(place.zoo)).toEqual(local);
  });
});

describe("container files", () => {
  const files = [
    "environment/containers/cpu.Containerfile",
    "environment/containers/gpu.Containerfile",
    ".binder/Dockerfile",
  ];

  test.each(files)(
    "%s: its instructions are known, its commands are bash, and what they run is there",
    (path) => {
      const text = read(path)
        .replaceAll(/^#.*\n/gm, "")
        .replaceAll(/\\\n/g, " ");
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      const words = lines.map((line) => line.split(" ")[0]);
      const known = ["FROM", "RUN", "WORKDIR", "COPY", "ENV", "ENTRYPOINT", "CMD", "ARG", "USER"];
      expect(words.filter((word) => !known.includes(word))).toEqual([]);
      expect(words[0]).toBe("FROM");
      for (const line of lines.filter((entry) => entry.startsWith("RUN "))) {
        expect(spawnSync("bash", ["-n"], { input: line.slice(4) }).status, line).toBe(0);
      }
      for (const line of lines.filter((entry) => /^(ENTRYPOINT|CMD) /.test(entry))) {
        expect(Array.isArray(JSON.parse(line.slice(line.indexOf("[")))), line).toBe(true);
      }
      for (const [file] of text.matchAll(/\b(?:dist|environment)\/[\w/.-]+/g)) {
        expect(existsSync(join(root, file)), file).toBe(true);
      }
      // The image's Node is one that the package takes.
      expect(text).toMatch(/^FROM docker\.io\/library\/node:(20|22|24)-/m);
    },
  );

  test("the development container's commands name files that are there", () => {
    const { postCreateCommand } = JSON.parse(read(".devcontainer/devcontainer.json")) as {
      postCreateCommand: string;
    };
    for (const [file] of postCreateCommand.matchAll(/\b(?:dist|environment)\/[\w/.-]+/g)) {
      expect(existsSync(join(root, file)), file).toBe(true);
    }
  });
});

describe("one-node.sh", () => {
  const script = join(root, "environment/slurm/one-node.sh");

  test("is bash, and tells its words", () => {
    expect(spawnSync("bash", ["-n", script]).status).toBe(0);
    const { status, stderr } = spawnSync("bash", [script], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain("one-node.sh start DIR");
  });

  test("says what to do where it may not, or cannot install", () => {
    const bin = scratch();
    writeFileSync(join(bin, "id"), "#!/bin/sh\necho 1000\n");
    chmodSync(join(bin, "id"), 0o755);
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const { status, stderr } = spawnSync("bash", [script, "install"], { env, encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("run it as root");
  });
});
