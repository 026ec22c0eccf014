import { inspect } from "node:util";
import type { MimeBundle } from "../../core/mime.js";
import { bracketed, type EntryText, matrixHtml, numberText } from "./array-preview.js";
import { hasMethods, peek, reasonOf } from "./reading.js";

/** More axes than tfjs knows: only the shape is shown then. */
const mostAxes = 6;

type TensorValues = ArrayLike<number | string>;

/** A tensor or variable of tfjs: type, shape and first values; one that was disposed of says so. */
export async function tensorBundle(value: object): Promise<MimeBundle | undefined> {
  const [type, shape] = [peek(value, "dtype"), peek(value, "shape")];
  if (typeof type !== "string" || !isShape(shape) || !hasMethods(value, "data", "dataSync")) return undefined;
  if (peek(value, "rank") === undefined && peek(value, "rankType") === undefined) return undefined;
  const head = `${kindOf(value)} ${type} [${shape.join(", ")}]`;
  if (peek(value, "isDisposed") === true) return { "text/plain": `${head}, disposed: its values are gone` };
  try {
    const values = await (value as { data(): Promise<TensorValues> }).data();
    return preview(head, shape, entryText(type, values));
  } catch (thrown) {
    return { "text/plain": `${head}; its values cannot be read (${reasonOf(thrown)})` };
  }
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((length) => Number.isInteger(length) && length >= 0);
}

/** Variables are tensors with a name that training may change. */
function kindOf(value: object): string {
  const [name, trainable] = [peek(value, "name"), peek(value, "trainable")];
  if (typeof trainable !== "boolean") return "Tensor";
  return `${trainable ? "Variable" : "Variable (not trained)"}${typeof name === "string" ? ` "${name}"` : ""}`;
}

function preview(head: string, shape: readonly number[], entry: EntryText): MimeBundle {
  if (shape.length > mostAxes) return { "text/plain": head };
  const html = shape.length === 2 ? matrixHtml(head, shape[0], shape[1], entry) : {};
  return { ...html, "text/plain": `${head}\n${bracketed(shape, entry)}` };
}

function entryText(type: string, values: TensorValues): EntryText {
  const number = (index: number) => numberText(Number(values[index]));
  if (type === "string") return (index) => inspect(values[index]);
  if (type === "bool") return (index) => String(Boolean(values[index]));
  // Real and imaginary parts alternate.
  if (type === "complex64")
    return (index) => `${number(2 * index)} + ${number(2 * index + 1)}i`.replace("+ -", "- ");
  return number;
}
