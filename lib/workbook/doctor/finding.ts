/** One line of the doctor's report: `missing` stops weightbook from working, `note` does not. */
export interface Finding {
  readonly name: string;
  readonly state: "ok" | "note" | "missing";
  readonly detail: string;
  /** A tensor backend's device and rates, or reason and remedy. */
  readonly backend?: object;
}
