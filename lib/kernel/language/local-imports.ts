import { isBuiltin } from "node:module";
import { isAbsolute } from "node:path";
import { isLocalFile } from "./local-files.js";
import { type ts, typescript } from "./tslab.js";

/** A program as tslab's converter holds it. */
export type Builder = ts.EmitAndSemanticDiagnosticsBuilderProgram;

/** What a program knows of a file beyond TypeScript's public types. */
export type KnownFile = ts.SourceFile & {
  readonly path: string;
  readonly imports?: readonly ts.StringLiteralLike[];
  readonly resolvedModules?: {
    get(name: string, mode: undefined): ts.ResolvedModuleWithFailedLookupLocations | undefined;
  };
};

/** Folder of the compiler's output for sources that do not lie below the notebook's folder. */
export const outsideFolder = "__outside__";

/** A program whose output requires local modules by the path of their source, and whose .tsx files tslab sees too. */
export function withLocalModules(builder: Builder): Builder {
  const alias = ".tsx.ts";
  const source = (name: string) => (name.endsWith(alias) ? name.slice(0, -3) : name);
  const emit: Builder["emit"] = (file, write, token, onlyTypes, transformers) => {
    const after = [requireBySource, ...(transformers?.after ?? [])];
    const place: ts.WriteFileCallback = (name, ...rest) =>
      write?.(isAbsolute(name) ? `outDir/${outsideFolder}${name}` : name, ...rest);
    return builder.emit(file, place, token, onlyTypes, { ...transformers, after });
  };
  return Object.assign(Object.create(builder) as Builder, {
    emit,
    getSourceFile: (name: string) => builder.getSourceFile(source(name)),
    getAllDependencies: (file: ts.SourceFile) =>
      builder.getAllDependencies(file).map((name) => (name.endsWith(".tsx") ? `${name}.ts` : name)),
  });
}

/** Rewrites `import "./x"` of a local module to the path of its source, in static and dynamic imports. */
function requireBySource(context: ts.TransformationContext): ts.Transformer<ts.SourceFile> {
  return (file) => {
    const original = (typescript.getOriginalNode(file) as KnownFile) ?? file;
    const paths = new Map<string, string>();
    for (const { text } of original.imports ?? []) {
      const path = original.resolvedModules?.get(text, undefined)?.resolvedModule?.resolvedFileName;
      if (path && isLocalFile(path) && /(?<!\.d)\.[jt]sx?$/.test(path)) paths.set(text, path);
    }
    if (paths.size === 0) return file;
    const { factory } = context;
    const literal = (node: ts.Expression | undefined) =>
      node && typescript.isStringLiteralLike(node) && paths.has(node.text)
        ? factory.createStringLiteral(paths.get(node.text)!)
        : undefined;
    const visit = (node: ts.Node): ts.Node => {
      if (typescript.isImportDeclaration(node)) {
        const name = literal(node.moduleSpecifier);
        return name
          ? factory.updateImportDeclaration(node, node.modifiers, node.importClause, name, node.assertClause)
          : node;
      }
      if (typescript.isExportDeclaration(node)) {
        const name = literal(node.moduleSpecifier);
        if (!name) return node;
        const { modifiers, isTypeOnly, exportClause, assertClause } = node;
        return factory.updateExportDeclaration(node, modifiers, isTypeOnly, exportClause, name, assertClause);
      }
      if (typescript.isCallExpression(node) && node.expression.kind === typescript.SyntaxKind.ImportKeyword) {
        const name = literal(node.arguments[0]);
        if (name) return factory.updateCallExpression(node, node.expression, undefined, [name]);
      }
      return typescript.visitEachChild(node, visit, context);
    };
    return typescript.visitNode(file, visit) as ts.SourceFile;
  };
}

/** Whether a file imports a module that was not found and that Node does not have either. */
export function lacksModule(file: ts.SourceFile): boolean {
  const { imports = [], resolvedModules } = file as KnownFile;
  return imports.some(
    ({ text }) => !isBuiltin(text) && !resolvedModules?.get(text, undefined)?.resolvedModule,
  );
}
