/**
 * What is wrong with the running Node, as a sentence; undefined when it fits. Cells load this library by `require`,
 * which takes ES modules from Node 20.19 and 22.12 on.
 */
export function nodeTrouble(): string | undefined {
  const major = Number(process.versions.node.split(".")[0]);
  if (process.features.require_module && major < 25) return undefined;
  return `weightbook needs Node 20.19 to 24 (of 22 at least 22.12), but this is ${process.version}; install one of them from nodejs.org`;
}
