import { inspect } from "node:util";
import type { MimeBundle } from "../channel.js";

export async function bundleOf(value: unknown): Promise<MimeBundle> {
  return { "text/plain": inspect(value) };
}
