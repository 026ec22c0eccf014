import type { AtlasData, DecodedColumn } from "../data/decoded.js";
import type { Members } from "./members.js";

/** A value as it is in the data; null where it is not known. */
function factOf(column: DecodedColumn, model: number): string | number | null {
  if (column.kind === "level") return column.levels[column.codes[model]];
  return Number.isFinite(column.values[model]) ? column.values[model] : null;
}

/** The facts of some models as CSV (RFC 4180): name, places in the embedding, then every column with all its digits. */
export function membersCsv(data: AtlasData, members: Members, embedding: string): string {
  const points = data.embeddings.find(({ name }) => name === embedding)?.points;
  const head = ["name", `${embedding} x`, `${embedding} y`, ...data.columns.map(({ name }) => name)];
  const lines = Array.from(members, (model) => [
    data.names[model],
    points?.[2 * model] ?? "",
    points?.[2 * model + 1] ?? "",
    ...data.columns.map((column) => factOf(column, model) ?? ""),
  ]);
  return [head, ...lines].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The same as JSON: title, embedding, and an object a model. */
export function membersJson(data: AtlasData, members: Members, embedding: string): string {
  const points = data.embeddings.find(({ name }) => name === embedding)?.points;
  const models = Array.from(members, (model) => ({
    model,
    name: data.names[model],
    place: points ? [points[2 * model], points[2 * model + 1]] : null,
    facts: Object.fromEntries(data.columns.map((column) => [column.name, factOf(column, model)])),
  }));
  return `${JSON.stringify({ title: data.title, embedding, models }, null, 1)}\n`;
}
