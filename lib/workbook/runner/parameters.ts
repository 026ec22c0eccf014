import { UsageError } from "../../core/errors.js";
import type { Cell, Notebook } from "./notebook.js";

export type ParameterValue = string | number | boolean | null | readonly ParameterValue[];

/** Tags by papermill's convention. */
export const parametersTag = "parameters";
export const injectedTag = "injected-parameters";

interface Declaration {
  readonly name: string;
  readonly initializer: string;
}

/** The `let` declarations at the start of lines in the cell tagged `parameters`. */
function declarations(cell: Cell): Declaration[] {
  const pattern = /^let\s+([A-Za-z_$][\w$]*)\s*(?::[^=\n]+)?=\s*([^\n]*)/gm;
  return [...cell.source.matchAll(pattern)].map(([, name, initializer]) => ({
    name,
    initializer: initializer.replace(/\s*\/\/.*$/, "").replace(/;\s*$/, ""),
  }));
}

export function hasTag(cell: Cell, tag: string): boolean {
  return cell.metadata.tags?.includes(tag) ?? false;
}

/** Names that a notebook's `parameters` cell declares; empty when it has no such cell. */
export function parameterNames(notebook: Notebook): string[] {
  const cell = notebook.cells.find((entry) => hasTag(entry, parametersTag));
  return cell ? declarations(cell).map(({ name }) => name) : [];
}

/** Reads `value` of `--param name=value`: JSON where it is JSON, else the text itself. */
export function parseParameter(text: string): [string, ParameterValue] {
  const at = text.indexOf("=");
  if (at < 1) {
    throw new UsageError("parameter/form", `--param wants name=value but got "${text}"`, { value: text });
  }
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value) as ParameterValue];
  } catch {
    return [text.slice(0, at), value];
  }
}

/** Type of a literal initialiser; undefined where it is an expression that only TypeScript can judge. */
function literalType(initializer: string): "number" | "string" | "boolean" | undefined {
  if (/^-?[\d_.]+(e[+-]?\d+)?$/i.test(initializer)) return "number";
  if (/^(["'`]).*\1$/.test(initializer)) return "string";
  return /^(true|false)$/.test(initializer) ? "boolean" : undefined;
}

function checkParameter(
  name: string,
  value: ParameterValue,
  known: readonly Declaration[],
  where: string,
): void {
  const declared = known.find((entry) => entry.name === name);
  if (!declared) {
    const names = known.map((entry) => entry.name).join(", ");
    const way = names ? `it knows ${names}` : "it declares none in a cell tagged `parameters`";
    throw new UsageError("parameter/unknown", `${where} has no parameter "${name}"; ${way}`, { value: name });
  }
  const wanted = literalType(declared.initializer);
  if (wanted && typeof value !== wanted) {
    const message = `parameter "${name}" of ${where} is a ${wanted}, but ${JSON.stringify(value)} is not`;
    throw new UsageError("parameter/type", message, { value });
  }
}

/**
 * Puts a cell that assigns the given values after the `parameters` cell, in place of an earlier such cell.
 * @param where what the notebook is called in messages
 * @throws UsageError when a name is not declared there, or a value is of another type than its literal
 */
export function injectParameters(
  notebook: Notebook,
  values: Readonly<Record<string, ParameterValue>>,
  where: string,
): Notebook {
  const cells = notebook.cells.filter((cell) => !hasTag(cell, injectedTag));
  const names = Object.keys(values);
  const at = cells.findIndex((cell) => hasTag(cell, parametersTag));
  const known = at < 0 ? [] : declarations(cells[at]);
  for (const name of names) checkParameter(name, values[name], known, where);
  if (names.length === 0) return { ...notebook, cells };
  // `void 0` keeps the last value from being printed as the cell's result.
  const source = `${names.map((name) => `${name} = ${JSON.stringify(values[name])};`).join("\n")}\nvoid 0;`;
  const injected: Cell = {
    cell_type: "code",
    id: injectedTag,
    source,
    metadata: { tags: [injectedTag] },
    outputs: [],
    execution_count: null,
  };
  return { ...notebook, cells: [...cells.slice(0, at + 1), injected, ...cells.slice(at + 1)] };
}
