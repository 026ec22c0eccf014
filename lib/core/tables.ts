/** A table of numbers with named rows and columns, as the papers print them and as we measure them. */
export interface ResultTable {
  /** E.g. "trajectories/cnn". */
  readonly id: string;
  readonly caption: string;
  /** What a row is, e.g. "space". */
  readonly rowKey: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `values[row][column]`; null where there is none. */
  readonly values: readonly (readonly (number | null)[])[];
  /** 95 percent bootstrap intervals, where they were computed. */
  readonly low?: readonly (readonly (number | null)[])[];
  readonly high?: readonly (readonly (number | null)[])[];
}

/** Tells a ResultTable from a record whose fields are to be listed. */
export function isResultTable(value: object): value is ResultTable {
  return "values" in value && "rowKey" in value;
}

/** `none`: a published number beside ours, without a tolerance. */
export type Verdict = "holds" | "fails" | "undecided" | "none";

/** One line of the scoreboard: a claim of a paper, or one of its numbers, beside what was measured here. */
export interface ScoreRow {
  /** E.g. "trajectories/cnn svd-50 clusterPurity". */
  readonly claim: string;
  /** Paper, table or figure, e.g. "Table 2 (2020)". */
  readonly source: string;
  readonly published: number | null;
  readonly ours: number | null;
  readonly difference: number | null;
  readonly verdict: Verdict;
  /** Size and data this was measured on, e.g. "50 seeds x 25 epochs, mnist 20,000". */
  readonly setting: string;
}
