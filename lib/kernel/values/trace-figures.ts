import { type MimeBundle, plotlyMime } from "../../core/mime.js";
import { isPlainObject, peek } from "./reading.js";
import { jsonOf } from "./sendable.js";

/** Parts of a plotly figure; another field is allowed only beside a layout, which tells a figure from a reply. */
const parts = ["data", "layout", "config", "frames"];

/** Coordinates, one of which nearly every trace holds as an array. */
const coordinates = [
  ...["x", "y", "z", "u", "v", "w", "r", "theta", "a", "b", "c", "real", "imag", "lat", "lon", "locations"],
  ...[
    "values",
    "labels",
    "parents",
    "dimensions",
    "open",
    "close",
    "i",
    "j",
    "k",
    "value",
    "isomin",
    "q1",
    "geojson",
  ],
];

/** Traces whose data stand elsewhere. */
const otherTypes = ["table", "sankey", "indicator", "image"];

/** A figure of plotly's own form, `{ data: [traces], layout? }`, made by any program. */
export function plotlyBundle(value: object): MimeBundle | undefined {
  if (!isPlainObject(value)) return undefined;
  const [data, layout] = [peek(value, "data"), peek(value, "layout")];
  const hasLayout = isPlainObject(layout);
  if (!hasLayout && (layout !== undefined || !Object.keys(value).every((key) => parts.includes(key))))
    return undefined;
  if (!Array.isArray(data) || data.length === 0 || !data.every((trace) => isTrace(trace))) return undefined;
  const given = parts.filter((part) => peek(value, part) !== undefined);
  const figure = Object.fromEntries(given.map((part) => [part, peek(value, part)]));
  return { [plotlyMime]: jsonOf({ layout: {}, ...figure }), "text/plain": describe(data, layout) };
}

function isTrace(trace: unknown): boolean {
  if (!isPlainObject(trace)) return false;
  const type = peek(trace, "type");
  if (type !== undefined && typeof type !== "string") return false;
  if (type !== undefined && otherTypes.includes(type)) return true;
  return coordinates.some((name) => {
    const values = peek(trace, name);
    return (
      Array.isArray(values) || ArrayBuffer.isView(values) || (isPlainObject(values) && "bdata" in values)
    );
  });
}

function describe(data: readonly object[], layout: unknown): string {
  const types = [...new Set(data.map((trace) => String(peek(trace, "type") ?? "scatter")))];
  const title = isPlainObject(layout) ? titleOf(layout) : "";
  const traces = `${data.length} ${data.length === 1 ? "trace" : "traces"} (${types.join(", ")})`;
  return `Plotly figure${title ? ` "${title}"` : ""}: ${traces}`;
}

function titleOf(layout: object): string {
  const title = peek(layout, "title");
  const text = isPlainObject(title) ? peek(title, "text") : title;
  return typeof text === "string" ? text : "";
}
