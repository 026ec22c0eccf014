import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UsageError } from "../../core/errors.js";

/** What the benchmark needs of a page; playwright-core's own types stay out of what is shipped. */
export interface BenchPage {
  goto(address: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  close(): Promise<void>;
  readonly mouse: {
    move(x: number, y: number, options?: { readonly steps: number }): Promise<void>;
    down(): Promise<void>;
    up(): Promise<void>;
  };
}

/** An installed Chromium that opens pages of 1440 x 900. */
export interface BenchBrowser {
  readonly version: string;
  newPage(): Promise<BenchPage>;
  close(): Promise<void>;
}

/** Path of this machine's Chromium: CHROMIUM, else the first one in PATH. */
export function findChromium(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [process.env.CHROMIUM ?? "", ...candidates].find((path) => path && existsSync(path));
}

/**
 * Starts the Chromium of this machine, without a window.
 * @throws UsageError when there is none, or no playwright-core to drive it
 */
export async function startChromium(): Promise<BenchBrowser> {
  const executablePath = findChromium();
  if (!executablePath) {
    const message = "there is no Chromium in PATH; install one, or say where it is in CHROMIUM";
    throw new UsageError("bench/chromium", message);
  }
  const { chromium } = await loadPlaywright();
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--enable-unsafe-swiftshader"],
  });
  return {
    version: browser.version(),
    newPage: async () => {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      return page as unknown as BenchPage;
    },
    close: () => browser.close(),
  };
}

async function loadPlaywright() {
  try {
    return await import("playwright-core");
  } catch (cause) {
    const message = "benchmarks of pages need playwright-core, which npm ci installs unless told --omit=dev";
    throw new UsageError("bench/playwright", message, { cause });
  }
}
