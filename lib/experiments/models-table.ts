import { zooModels } from "../zoo/spec/models.js";
import { modelSettings } from "../zoo/spec/names.js";
import type { ModelSpec, ZooSpec } from "../zoo/types.js";

type Row = Record<string, string | number>;

function modelRow(model: ModelSpec): Row {
  const settings = Object.entries(modelSettings(model));
  const named = settings.map(([column, value]) => [column.replaceAll("_", " "), value]);
  return { model: model.model, seed: model.seed, ...Object.fromEntries(named) };
}

/**
 * What a specification will train, before it does: one row a model, its number and seed, and the settings in which the
 * models differ.
 * @param every shows each n-th model only; all by default
 */
export function modelsTable(spec: ZooSpec, every = 1): Row[] {
  const rows = zooModels(spec).map(modelRow);
  const names = Object.keys(rows[0]).filter(
    (name, i) => i < 2 || rows.some((row) => row[name] !== rows[0][name]),
  );
  return rows
    .filter((_, i) => i % every === 0)
    .map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
}
