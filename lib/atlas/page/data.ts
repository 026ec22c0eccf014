import type { AtlasData } from "../data/decoded.js";
import { unpackAtlas } from "../data/pack.js";

/** Reads the data that stand in the page: base64 of gzip of what packAtlas wrote. */
export async function readData(): Promise<AtlasData> {
  const element = document.getElementById("atlas-data");
  const text = element?.textContent ?? "";
  // Megabytes of text that nothing needs any more.
  element?.remove();
  const stream = new Blob([fromBase64(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return unpackAtlas(new Uint8Array(await new Response(stream).arrayBuffer()));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (native.fromBase64) return native.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
