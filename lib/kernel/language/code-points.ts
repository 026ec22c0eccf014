/**
 * Offset in a string (UTF-16 units) of Jupyter's cursor, which counts Unicode code points. A cursor outside of the
 * code is moved to its nearest end, and one that is no number to the code's end.
 */
export function offsetOfCursor(code: string, cursor: unknown): number {
  if (typeof cursor !== "number" || Number.isNaN(cursor)) return code.length;
  let offset = 0;
  for (let left = cursor; left >= 1 && offset < code.length; left--) {
    offset += code.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

/** Jupyter's cursor for an offset in a string. */
export function cursorOfOffset(code: string, offset: number): number {
  return [...code.slice(0, Math.max(offset, 0))].length;
}
