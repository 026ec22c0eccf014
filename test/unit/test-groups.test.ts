import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { alone } from "../alone.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const own = fileURLToPath(import.meta.url);
const files = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts") && !name.startsWith("long") && !name.startsWith("slurm"))
  .map((name) => join("test", name));

/** Whether a path fits a glob whose only wildcard is `*` within one folder. */
const fits = (glob: string, path: string) =>
  new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`).test(path);

describe("tests beside each other", () => {
  test("a file that reads a clock runs alone: what else runs would be in its figures", () => {
    const timed = files.filter((path) =>
      /\b(?:performance|Date)\.now\(/.test(readFileSync(join(root, path), "utf8")),
    );
    const beside = timed.filter(
      (path) => path !== relative(root, own) && !alone.some((glob) => fits(glob, path)),
    );
    expect(beside).toEqual([]);
  });

  test.each(alone)("%s names a test file", (glob) => {
    expect(files.some((path) => fits(glob, path))).toBe(true);
  });
});
