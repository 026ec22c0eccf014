import { SourceMap, type SourceMapPayload } from "node:module";
import { replaceInTypeScript, type ts, typescript } from "./tslab.js";

/** A place in a text; lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** JavaScript on its way from TypeScript to what runs: TypeScript's emit, then the step to CommonJS. */
interface Emission {
  /** ECMAScript modules, as TypeScript emitted them. */
  readonly modules: string;
  /** Map from `modules` back to the source, as a comment. */
  readonly comment: string;
  readonly options: ts.TranspileOptions;
}

const marker = "//# sourceMappingURL=data:";
const emissions = new Map<string, Emission>();

/** How many cells are remembered for the time when they are run again. */
const rememberedSteps = 64;

/** Steps to CommonJS that were taken before: nearly half of what a cell that is run again would cost. */
const steps = new Map<string, ts.TranspileOutput>();

function remember(modules: string, result: ts.TranspileOutput): void {
  steps.delete(modules);
  steps.set(modules, result);
  const [oldest] = steps.keys();
  if (steps.size > rememberedSteps && oldest !== undefined) steps.delete(oldest);
}

/**
 * Keeps the source maps that tslab throws away. They are kept as text, and put to use only when an error asks for a
 * place. The compiler must be told to emit maps inside its output.
 */
export function keepSourceMaps(): void {
  replaceInTypeScript("transpileModule", (original) => (input, options) => {
    const at = input.lastIndexOf(marker);
    if (at < 0) return original(input, options);
    const modules = input.slice(0, at);
    const result = steps.get(modules) ?? original(modules, options);
    remember(modules, result);
    emissions.set(result.outputText, { modules, comment: input.slice(at), options });
    return result;
  });
}

/** The way back from JavaScript that tslab returned to the source that the compiler read. */
export class WayBack {
  private readonly emission: Emission | undefined;
  private maps: readonly [SourceMap, SourceMap] | undefined;

  constructor(private readonly output: string) {
    this.emission = emissions.get(output);
    emissions.delete(output);
  }

  /** Where `place` of the output was written; undefined where no source stands behind it. */
  find(place: Place): Place | undefined {
    if (!this.emission || place.line > this.output.split("\n").length) return undefined;
    this.maps ??= readMaps(this.emission);
    const [toModules, toSource] = this.maps;
    const between = toModules.findEntry(place.line - 1, Math.max(place.column - 1, 0));
    if (!("originalLine" in between)) return undefined;
    const entry = toSource.findEntry(between.originalLine, between.originalColumn);
    if (!("originalLine" in entry)) return undefined;
    return { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
}

function readMaps({ modules, comment, options }: Emission): readonly [SourceMap, SourceMap] {
  const compilerOptions = { ...options.compilerOptions, sourceMap: true };
  const { sourceMapText = "" } = typescript.transpileModule(modules, { ...options, compilerOptions });
  const inline = Buffer.from(comment.slice(comment.indexOf(",") + 1), "base64").toString();
  return [sourceMapText, inline].map((text) => new SourceMap(JSON.parse(text) as SourceMapPayload)) as [
    SourceMap,
    SourceMap,
  ];
}
