#!/usr/bin/env node
// The command `weightbook`: finds the subcommand, and turns errors into one sentence and an exit code.
import { InterruptedError, UsageError, WeightbookError } from "../core/errors.js";
import type { Command, Context } from "./command.js";

interface Subcommand {
  /** One line for the overview. */
  readonly summary: string;
  /** Loaded only when it is asked for, so that a misspelt word is answered at once. */
  readonly load: () => Promise<Command>;
}

const subcommands: Readonly<Record<string, Subcommand>> = {
  run: {
    summary: "run the notebooks, write the site",
    load: async () => (await import("./commands/run.js")).runCommand,
  },
  lab: {
    summary: "open the notebooks in your Jupyter",
    load: async () => (await import("./commands/lab.js")).labCommand,
  },
  zoo: {
    summary: "list, train, describe and verify zoos",
    load: async () => (await import("./commands/zoo.js")).zooCommand,
  },
  hyper: {
    summary: "train one hyper-representation of a list, as a task of a cluster does",
    load: async () => (await import("./commands/hyper.js")).hyperCommand,
  },
  log: {
    summary: "sort a folder of checkpoints into runs, in order, with their forks",
    load: async () => (await import("./commands/log.js")).logCommand,
  },
  site: {
    summary: "write the site from notebooks as they are",
    load: async () => (await import("./commands/site.js")).siteCommand,
  },
  atlas: {
    summary: "write the page on which one walks through a zoo",
    load: async () => (await import("./commands/atlas.js")).atlasCommand,
  },
  bench: {
    summary: "measure speed, beside rival implementations",
    load: async () => (await import("./commands/bench.js")).benchCommand,
  },
  doctor: {
    summary: "say what this machine offers and lacks",
    load: async () => (await import("./commands/doctor.js")).doctorCommand,
  },
  kernel: {
    summary: "register the kernel with Jupyter",
    load: async () => (await import("./commands/kernel.js")).kernelCommand,
  },
};

function overview(): string {
  const lines = Object.entries(subcommands).map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`);
  return `weightbook SUBCOMMAND [OPTIONS]\n\n${lines.join("\n")}\n\nweightbook SUBCOMMAND --help says more about each.\n`;
}

/** Runs the command line; the promise holds the exit code. Errors that a reader can act on are printed, not thrown. */
async function main(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    context.print(overview());
    return 0;
  }
  if (!Object.hasOwn(subcommands, name)) {
    const known = Object.keys(subcommands).join(", ");
    throw new UsageError("arguments", `there is no subcommand "${name}"; choose ${known}`, { value: name });
  }
  const command = await subcommands[name].load();
  const own = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (own.includes("--help") || own.includes("-h")) {
    context.print(command.help);
    return 0;
  }
  return command.run(rest, context);
}

/** 2 for wrong usage, 130 for an interrupt, 1 for everything else. */
function exitCode(error: unknown): number {
  if (error instanceof UsageError) return 2;
  return error instanceof InterruptedError ? 130 : 1;
}

function tell(error: unknown): void {
  const isPlain = error instanceof WeightbookError && !process.env.WEIGHTBOOK_DEBUG;
  if (isPlain) process.stderr.write(`weightbook: ${error.message}\n`);
  else console.error(error);
}

async function start(): Promise<void> {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    // The second time somebody means it.
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  });
  process.on("SIGTERM", () => controller.abort());
  // A reader like `head` may leave early; that is no error.
  process.stdout.on("error", () => process.exit(0));
  const context: Context = { print: (text) => process.stdout.write(text), signal: controller.signal };
  let code: number;
  try {
    code = await main(process.argv.slice(2), context);
  } catch (error) {
    tell(error);
    code = exitCode(error);
  }
  // Whatever a library left open must not keep the command alive; output still on its way is waited for.
  process.stdout.write("", () => process.exit(code));
}

start();
