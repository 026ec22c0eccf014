import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../environment.js";
import { SpecError } from "../errors.js";

/** The templates that the library brings: an array of tasks, and a job that follows them. */
export type TemplateName = "array" | "after";

/** Where a template of the library is. */
export function templateFile(name: TemplateName): string {
  return join(projectRoot, "environment", "slurm", `${name}.sbatch`);
}

/**
 * Fills a template: each {{name}} is replaced by the value of that name.
 * @param path the template's file
 * @throws SpecError "slurm/template" when it cannot be read, or names a value that there is not
 */
export function fillTemplate(path: string, values: Readonly<Record<string, string>>): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new SpecError("slurm/template", `the template ${path} cannot be read`, { value: path, cause });
  }
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    if (Object.hasOwn(values, name)) return values[name];
    const message = `the template ${path} has {{${name}}}, which is not known; it may use ${Object.keys(values).join(", ")}`;
    throw new SpecError("slurm/template", message, { value: name });
  });
}

/** A word as a shell reads it back unchanged. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line of words that the shell must not touch. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/**
 * A path as a value of an #SBATCH line.
 * @param pattern what is put behind it, with Slurm's own %A and %a
 * @throws SpecError for a path that such a line cannot hold
 */
export function sbatchPath(path: string, pattern: string): string {
  if (/["\\\n]/.test(path)) {
    const message = `${path} cannot be written into a job's script; choose a folder without quotes, backslashes and line breaks`;
    throw new SpecError("slurm/path", message, { value: path });
  }
  return `"${path.replaceAll("%", "%%")}/${pattern}"`;
}

const passedOn = ["DATA", "CACHE", "SIMD", "BACKEND", "BLAS"].map((name) => `WEIGHTBOOK_${name}`);

/** Lines that set in the job what decides about results here. */
export function environmentLines(environment: NodeJS.ProcessEnv = process.env): string {
  return passedOn
    .flatMap((name) => (environment[name] ? [`export ${name}=${shellWord(environment[name])}`] : []))
    .join("\n");
}

/** How a job calls the command `weightbook`: this Node, this copy of the library. */
export function weightbookWords(): readonly string[] {
  return [process.execPath, join(projectRoot, "dist", "workbook", "cli.js")];
}
