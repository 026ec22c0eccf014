import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";

/** What became of a cell: its last value, or what was thrown or complained about. */
export interface Ran {
  readonly value?: unknown;
  readonly thrown?: unknown;
  readonly complaints: readonly string[];
}

/**
 * The kernel's language without its process: tslab's executor with our conversion, in a folder of its own. The folder
 * must be the current one before tslab is loaded, hence the late imports.
 */
export async function openLanguageRoom() {
  const home = process.cwd();
  // The test runner's own stack traces leave out the names of cells.
  const { prepareStackTrace } = Error;
  Reflect.deleteProperty(Error, "prepareStackTrace");
  const folder = mkdtempSync(join(tmpdir(), "weightbook-language-"));
  process.chdir(folder);
  const { Conversion } = await import("#lib/kernel/language/conversion.js");
  const { createExecutor } = await import("#lib/kernel/language/tslab.js");
  const { answer } = await import("#lib/kernel/language/introspection.js");
  const { resolveOwnPackage } = await import("#lib/kernel/language/resolve.js");
  resolveOwnPackage();
  let cell = 0;
  let ran: { value?: unknown; thrown?: unknown; complaints: string[] } = { complaints: [] };
  let beforeRun: () => void = () => undefined;
  const conversion = new Conversion({ cellNumber: () => cell, beforeRun: () => beforeRun() });
  const executor = createExecutor(folder, conversion.converters(), {
    log: (value: unknown) => {
      ran.value = value;
    },
    error: (...values: unknown[]) => {
      if (values.length > 1) ran.complaints.push(format(...values));
      else ran.thrown = values[0];
    },
  });
  return {
    folder,
    executor,
    conversion,
    async run(code: string): Promise<Ran> {
      cell++;
      ran = { complaints: [] };
      await executor.execute(code);
      return ran;
    },
    /** Number of the cell that ran last. */
    lastCell: () => cell,
    /** Asks as an editor does; `|` in the code marks the cursor. */
    ask(type: string, marked: string): Record<string, unknown> {
      const code = marked.replace("|", "");
      return (
        answer(executor, type, { code, cursor_pos: [...marked.slice(0, marked.indexOf("|"))].length }) ?? {}
      );
    },
    onBeforeRun(call: () => void): void {
      beforeRun = call;
    },
    close(): void {
      executor.close();
      Error.prepareStackTrace = prepareStackTrace;
      process.chdir(home);
      rmSync(folder, { recursive: true });
    },
  };
}

export type LanguageRoom = Awaited<ReturnType<typeof openLanguageRoom>>;
