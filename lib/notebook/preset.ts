import { type Preset, parsePreset } from "../core/environment.js";

/**
 * The size at which a notebook runs: `WEIGHTBOOK_PRESET`, else "quick".
 * @throws UsageError naming the known presets
 */
export function notebookPreset(): Preset {
  return parsePreset(process.env.WEIGHTBOOK_PRESET || "quick");
}
