import type { Interval } from "../../core/numeric/bootstrap.js";
import type { ResultTable, ScoreRow } from "../../core/tables.js";
import { claimRow } from "../claims.js";
import { publishedTable } from "../published.js";
import type { VersionLogScores } from "../version-log-scores.js";
import type { IdentificationResult } from "./identification.js";

export interface VersionClaimsOptions {
  /** Why the run cannot be judged. */
  readonly tooSmall?: string;
}

/** Row of the version log where every checkpoint of a window is there. */
const everyCheckpoint = "every checkpoint, version log";

/**
 * What the papers promise of version control, as inequalities: shuffled checkpoints without names fall into exactly their
 * runs, in an order at least as good as the one that the papers recover of runs that are known (Tables 2 and 3), and an
 * unseen checkpoint's model is told.
 * @param logs by net, "CNN" and "MLP"
 */
export function versionClaims(
  logs: Readonly<Record<"CNN" | "MLP", VersionLogScores>>,
  found: Readonly<Record<"CNN" | "MLP", IdentificationResult>>,
  { tooSmall }: VersionClaimsOptions,
): ScoreRow[] {
  const verdict = tooSmall === undefined ? {} : { verdict: "undecided" as const };
  const small = tooSmall === undefined ? "" : `; ${tooSmall}`;
  return (["CNN", "MLP"] as const).flatMap((net) => {
    const log = logs[net];
    const published = publishedTable(`trajectories/${net === "CNN" ? "cnn" : "mlp"}`);
    const theirs = published.values[0][published.columns.indexOf("orderedEpochsFraction")]!;
    return [
      claimRow({
        claim: `${net}: unnamed checkpoints sorted into exactly their runs, share of draws${small}`,
        source: "Conclusion (2020)",
        interval: cellOf(log.table, everyCheckpoint, "groupsExact"),
        inequality: { relation: ">=", bound: 0.95 },
        setting: log.setting,
        ...verdict,
      }),
      claimRow({
        claim: `${net}: ordered fraction of unnamed checkpoints${small}`,
        source: net === "CNN" ? "Table 2 (2020)" : "Table 3 (2020)",
        published: theirs,
        interval: cellOf(log.table, everyCheckpoint, "orderedFraction"),
        inequality: { relation: ">=", bound: theirs },
        setting: log.setting,
        ...verdict,
      }),
      claimRow({
        claim: `${net}: unseen checkpoints assigned to the right model${small}`,
        source: "Conclusion (2020)",
        interval: cellOf(found[net].accuracy, "as saved", "W"),
        inequality: { relation: ">=", bound: 0.95 },
        setting: found[net].setting,
        ...verdict,
      }),
    ];
  });
}

function cellOf({ rows, columns, values, low, high }: ResultTable, row: string, column: string): Interval {
  const [r, c] = [rows.indexOf(row), columns.indexOf(column)];
  const at = (part: ResultTable["low"]) => part?.[r]?.[c] ?? Number.NaN;
  return { value: at(values), low: at(low), high: at(high) };
}
