import { existsSync } from "node:fs";
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

/**
 * Starts the Chromium of this machine, without a window.
 * @throws UsageError when there is none, or no playwright-core to drive it
 */
export async function startChromium(): Promise<BenchBrowser> {
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new UsageError(
      "bench/chromium",
      `there is no Chromium at ${executablePath}; install one, or say where it is in CHROMIUM`,
      { value: executablePath },
    );
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
