import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const numbers = ["00", "01", "02", "03", "04", "05", "10", "11", "12", "13", "14", "15"];

interface Report {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function weightbook(args: string[], environment: Record<string, string>): Promise<Report> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, "dist/workbook/cli.js"), ...args], {
      cwd: root,
      env: { ...process.env, ...environment },
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

describe("the series at smoke, without any data at hand", () => {
  const cache = mkdtempSync(join(tmpdir(), "weightbook-series-"));
  const site = join(cache, "site");
  let report: Report;

  beforeAll(async () => {
    const nowhere = { WEIGHTBOOK_DATA: join(cache, "no-data"), WEIGHTBOOK_CACHE: cache };
    report = await weightbook(["run", "--preset", "smoke", "--out", site], nowhere);
  }, 600_000);
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  test("ends well", () => {
    expect(report.stderr + report.stdout).not.toMatch(/failed/i);
    expect(report.status).toBe(0);
  });

  test("prints a scoreboard of published beside ours that says what stood in for MNIST", () => {
    expect(report.stdout).toMatch(/claim\s+published\s+ours\s+difference\s+verdict\s+setting/);
    expect(report.stdout).toMatch(/trajectories\/cnn svd-25 clusterPurity\s+1\s/);
    // Tetris images are drawn here, and so are always themselves.
    const isMnist = (line: string) => /seeds x/.test(line) && !/epochs, tetris,/.test(line);
    const settings = report.stdout.split("\n").filter(isMnist);
    expect(settings.length).toBeGreaterThan(40);
    // Where there is a network the images were downloaded; never is one named and the other used.
    const data = report.stdout.includes("strokes") ? /strokes in place of mnist/ : /epochs, mnist,/;
    expect(settings.filter((line) => !data.test(line))).toEqual([]);
  });

  test("writes a page for each notebook, with every cell run", () => {
    const index = readFileSync(join(site, "index.html"), "utf8");
    for (const number of numbers) {
      const page = /href="([^"]*?)"/g;
      const links = [...index.matchAll(page)].map((match) => match[1]);
      const link = links.find((href) => href.includes(`${number}-`));
      expect(link).toBeDefined();
      expect(existsSync(join(site, link!))).toBe(true);
    }
  });

  test("puts the atlas where the pages are, and links to it", () => {
    expect(existsSync(join(site, "atlas-nws.html"))).toBe(true);
    expect(readFileSync(join(site, "index.html"), "utf8")).toContain('href="atlas-nws.html"');
  });
});
