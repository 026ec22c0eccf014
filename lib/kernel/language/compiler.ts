import { join } from "node:path";
import { ExportedNames } from "./exported-names.js";
import { isLocalFile, LocalFiles } from "./local-files.js";
import {
  type Builder,
  type KnownFile,
  lacksModule,
  outsideFolder,
  withLocalModules,
} from "./local-imports.js";
import { forgetModule } from "./local-modules.js";
import { keepSourceMaps } from "./source-maps.js";
import { type ConvertResult, createConverter, replaceInTypeScript, type ts, typescript } from "./tslab.js";

type Host = ts.WatchCompilerHostOfFilesAndCompilerOptions<Builder>;

/** Code of TypeScript's complaint about a file that does not lie below the notebook's folder. */
const besideRoot = 6059;

/** A problem in a local file that does not lie below the notebook's folder. */
export interface OutsideProblem {
  readonly file: ts.SourceFile;
  readonly diagnostic: ts.DiagnosticWithLocation;
}

/**
 * TypeScript as tslab's converter uses it, with local modules made whole: they are found anew for each cell, may be
 * named with their extension, lie anywhere, and are compiled again when they or what they import changed.
 */
export class Compiler {
  readonly converter: ReturnType<typeof createConverter>;
  /** Problems that tslab drops, of the last conversion. */
  outsideProblems: OutsideProblem[] = [];
  private readonly files = new LocalFiles();
  private readonly cwd = process.cwd();
  private builder: Builder | undefined;
  private resolutions: ts.ModuleResolutionCache | undefined;
  /** Files that look for their modules anew: all local ones after a change, else those that did not find one. */
  private seekers = new Set<string>();
  private readonly names = new ExportedNames();
  private isConverting = false;

  constructor() {
    keepSourceMaps();
    const { sys } = typescript;
    sys.watchFile = (path, callback) => this.files.watch(path, callback);
    // New files are found because modules are looked up anew.
    sys.watchDirectory = () => ({ close: () => undefined });
    replaceInTypeScript("createWatchCompilerHost", (original) => this.hostMaker(original as never) as never);
    replaceInTypeScript("createWatchProgram", (original) => this.programMaker(original as never) as never);
    replaceInTypeScript(
      "getPreEmitDiagnosticsOfFiles" as never,
      (original) => this.diagnoser(original) as never,
    );
    this.converter = createConverter();
  }

  /** Takes notice of edited, new and deleted files; to be called before the converter is asked anything. */
  refresh(): void {
    this.outsideProblems = [];
    const changed = this.files.refresh((path) => this.dependents(path));
    for (const path of changed) forgetModule(path);
    const locals = this.builder?.getSourceFiles().filter(({ fileName }) => isLocalFile(fileName)) ?? [];
    const seekers = changed.length > 0 ? locals : locals.filter(lacksModule);
    this.seekers = new Set(seekers.map((file) => (file as KnownFile).path));
    if (seekers.length > 0) this.resolutions?.clear();
  }

  /** tslab's conversion, for which the compiler runs once instead of twice. */
  convert(declarations: string, source: string): ConvertResult {
    this.refresh();
    this.isConverting = true;
    try {
      return this.converter.convert(declarations, source);
    } finally {
      this.isConverting = false;
    }
  }

  /** Where the source of a side output lies (tslab thinks of all as lying in the notebook's folder). */
  sourceOf(output: string): string {
    const path = `${join(this.cwd, outsideFolder)}/`;
    const real = output.startsWith(path) ? output.slice(path.length - 1) : output;
    const stem = real.replace(/\.js$/, "");
    const known = [".ts", ".tsx", ".jsx"].map((extension) => stem + extension);
    return known.find((path) => this.builder?.getSourceFile(path)) ?? real;
  }

  private dependents(path: string): string[] {
    const files = this.builder?.getSourceFiles() ?? [];
    return files
      .filter((file) => isLocalFile(file.fileName) && file.fileName !== path)
      .filter((file) => this.builder?.getAllDependencies(file).includes(path))
      .map((file) => file.fileName);
  }

  private hostMaker(original: (...args: unknown[]) => Host) {
    return (files: string[], options: ts.CompilerOptions, ...rest: unknown[]): Host => {
      const all = {
        ...options,
        inlineSourceMap: true,
        allowImportingTsExtensions: true,
        // A file without imports and exports, which is imported for its effect, is a module like others.
        moduleDetection: typescript.ModuleDetectionKind.Force,
      };
      const host = original(files, all, ...rest);
      const cache = typescript.createModuleResolutionCache(this.cwd, (name) => name, all);
      this.resolutions = cache;
      host.getModuleResolutionCache = () => cache;
      host.resolveModuleNameLiterals = (names, containing) =>
        names.map(({ text }) => typescript.resolveModuleName(text, containing, all, host, cache));
      const { readFile, setTimeout } = host;
      host.readFile = (path, encoding) => {
        const text = readFile(path, encoding);
        return this.isConverting && text !== undefined && path === files[1] ? this.names.append(text) : text;
      };
      // tslab takes a program that needed no change for a mistake, and is given it under a new identity.
      host.setTimeout = (update, ...rest) =>
        setTimeout?.(
          () => {
            const before = this.builder;
            update();
            if (before && this.builder === before) host.afterProgramCreate?.(before);
          },
          ...rest,
        );
      host.hasInvalidatedResolutions = (path) => this.seekers.has(path);
      return host;
    };
  }

  private programMaker(original: (host: Host) => ts.Watch<Builder>) {
    return (host: Host): ts.Watch<Builder> => {
      const { afterProgramCreate } = host;
      host.afterProgramCreate = (builder) => {
        this.builder = builder;
        afterProgramCreate?.(withLocalModules(builder));
      };
      return original(host);
    };
  }

  private diagnoser(original: (program: ts.Program, files: ts.SourceFile[]) => ts.Diagnostic[]) {
    return (program: ts.Program, files: ts.SourceFile[]): ts.Diagnostic[] => {
      const all = original(program, files).filter(({ code }) => code !== besideRoot);
      for (const diagnostic of all) {
        const { file } = diagnostic;
        if (!file || file.fileName.startsWith(`${this.cwd}/`)) continue;
        this.outsideProblems.push({ file, diagnostic: diagnostic as ts.DiagnosticWithLocation });
      }
      return all;
    };
  }
}
