import type { MimeBundle } from "../core/mime.js";

export interface DisplayOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Names the output, so that a later call with `update` replaces it. */
  readonly displayId?: string;
  readonly update?: boolean;
}

type DisplayHook = (bundle: MimeBundle, options?: DisplayOptions) => void;

/** Where the kernel of this project leaves its display function; other programs may set it as well. */
const hookName = Symbol.for("weightbook.display");

function displayHook(): DisplayHook | undefined {
  const hook = (globalThis as Record<symbol, unknown>)[hookName];
  return typeof hook === "function" ? (hook as DisplayHook) : undefined;
}

/** True inside a kernel that displays MIME bundles. */
export function isNotebook(): boolean {
  return displayHook() !== undefined;
}

/** Displays a MIME bundle as an output of the running cell; outside a notebook it prints the text/plain part. */
export function display(bundle: MimeBundle, options: DisplayOptions = {}): void {
  const hook = displayHook();
  if (hook) hook(bundle, options);
  else if (typeof bundle["text/plain"] === "string") process.stdout.write(`${bundle["text/plain"]}\n`);
}
