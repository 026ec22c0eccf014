import type { AtlasData } from "../data/decoded.js";
import { type Members, membersOf, noMembers, toMembers } from "./members.js";
import { type AtlasState, type Camera, type Interval, initialState } from "./state.js";

// The state of the page as the part of a link behind "#". Names are escaped as in query strings; models are base64 of
// gaps or of bits, whichever is shorter, so that half of 13,000 models take about 2 KB.

/** The state as text; what is as it was first is left out. */
export function linkOf(state: AtlasState, data: AtlasData): string {
  const first = initialState(data);
  const parts = new URLSearchParams();
  if (state.embedding !== first.embedding) parts.set("embedding", state.embedding);
  if (state.color !== first.color) parts.set("colour", state.color);
  if (state.isNormalized !== first.isNormalized) parts.set("normalised", state.isNormalized ? "1" : "0");
  if (state.camera) {
    const { x, y, scale } = state.camera;
    parts.set("camera", [x, y, scale].map((value) => Number(value.toPrecision(6))).join(" "));
  }
  if (state.axes.join("\n") !== first.axes.join("\n")) {
    parts.set("axes", state.axes.map(encodeURIComponent).join(" "));
  }
  for (const [name, [low, high]] of Object.entries(state.brushes)) {
    parts.append("brush", [encodeURIComponent(name), round(low), round(high)].join(" "));
  }
  if (state.picked.length > 0) parts.set("picked", encodeMembers(state.picked, data.models));
  for (const { name, members } of state.saved) {
    parts.append("saved", `${encodeURIComponent(name)} ${encodeMembers(members, data.models)}`);
  }
  if (state.focus !== undefined) parts.set("model", String(state.focus));
  if (state.compared.join("\n") !== first.compared.join("\n")) {
    parts.set("compared", state.compared.map(encodeURIComponent).join(" "));
  }
  return parts.toString();
}

const round = (position: number): number => Number(position.toFixed(5));

/** The state that a link says. What it says wrongly, or of another atlas, is left as it is first. */
export function stateOf(link: string, data: AtlasData): AtlasState {
  const parts = new URLSearchParams(link.replace(/^#/, ""));
  const first = initialState(data);
  const known = new Set(data.columns.map(({ name }) => name));
  const words = (key: string) => parts.get(key)?.split(" ").map(decode);
  const embedding = parts.get("embedding") ?? "";
  const color = parts.get("colour") ?? "";
  const axes = words("axes")?.filter((name) => known.has(name));
  const saved = parts.getAll("saved").flatMap((text) => {
    const [name, members] = text.split(" ");
    return name && members ? [{ name: decode(name), members: decodeMembers(members, data.models) }] : [];
  });
  const names = new Set(["selection", "all", ...saved.map(({ name }) => name)]);
  const [a, b] = words("compared") ?? [];
  const focus = Number(parts.get("model") ?? Number.NaN);
  return {
    embedding: data.embeddings.some(({ name }) => name === embedding) ? embedding : first.embedding,
    color: known.has(color) ? color : first.color,
    isNormalized: parts.has("normalised") ? parts.get("normalised") === "1" : first.isNormalized,
    camera: cameraOf(parts.get("camera")),
    axes: axes ? [...new Set(axes)] : first.axes,
    brushes: brushesOf(parts.getAll("brush"), known),
    picked: decodeMembers(parts.get("picked") ?? "", data.models),
    saved,
    focus: Number.isInteger(focus) && focus >= 0 && focus < data.models ? focus : undefined,
    compared: [names.has(a ?? "") ? a! : first.compared[0], names.has(b ?? "") ? b! : first.compared[1]],
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function cameraOf(text: string | null): Camera | undefined {
  const [x, y, scale] = (text ?? "").split(" ").map(Number);
  return [x, y, scale].every(Number.isFinite) && scale > 0 ? { x, y, scale } : undefined;
}

function brushesOf(texts: readonly string[], known: ReadonlySet<string>): Record<string, Interval> {
  const brushes: Record<string, Interval> = {};
  for (const text of texts) {
    const [name, low, high] = text.split(" ");
    const interval = [Number(low), Number(high)] as const;
    if (!known.has(decode(name)) || !(interval[0] >= 0 && interval[0] <= interval[1] && interval[1] <= 1))
      continue;
    brushes[decode(name)] = interval;
  }
  return brushes;
}

/** Models as text: "g" and the gaps between them, or "b" and a bit a model. */
export function encodeMembers(members: Members, models: number): string {
  const gaps: number[] = [];
  let next = 0;
  for (const model of members) {
    let gap = model - next;
    for (; gap > 127; gap >>>= 7) gaps.push((gap & 127) | 128);
    gaps.push(gap);
    next = model + 1;
  }
  const bitBytes = Math.ceil(models / 8);
  if (gaps.length <= bitBytes) return `g${base64url(Uint8Array.from(gaps))}`;
  const bits = new Uint8Array(bitBytes);
  for (const model of members) bits[model >> 3] |= 1 << (model & 7);
  return `b${base64url(bits)}`;
}

/** The models that a text says; none where it says nothing that can be read. */
export function decodeMembers(text: string, models: number): Members {
  const bytes = fromBase64url(text.slice(1));
  if (!bytes) return noMembers;
  if (text[0] === "b") {
    const mask = new Uint8Array(models);
    for (let model = 0; model < models; model++) mask[model] = (bytes[model >> 3] >> (model & 7)) & 1;
    return membersOf(mask);
  }
  const members: number[] = [];
  let next = 0;
  let gap = 0;
  let shift = 0;
  for (const byte of text[0] === "g" ? bytes : []) {
    gap += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte > 127) continue;
    next += gap;
    if (next < models) members.push(next);
    next++;
    [gap, shift] = [0, 0];
  }
  return toMembers(members);
}

function base64url(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}
