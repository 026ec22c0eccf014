/** What is used here of koffi, in our words: the package is optional, and the library builds without it. */
declare module "koffi" {
  interface Library {
    /** A function by its declaration in C. */
    func(declaration: string): (...values: readonly (number | ArrayBufferView)[]) => unknown;
  }
  /** @throws Error when there is no such library */
  export function load(path: string): Library;
  /** Where a view's first byte is in the process. */
  export function address(view: ArrayBufferView): bigint;
}
