/** Exports of assembly/_tensors-maps.ts. */
export interface MapKernels {
  gatherRuns(
    x: number,
    runs: number,
    y: number,
    rows: number,
    pixels: number,
    entries: number,
    channels: number,
    runCount: number,
  ): void;
  collectEntries(
    x: number,
    table: number,
    y: number,
    rows: number,
    entries: number,
    pixels: number,
    width: number,
    channels: number,
  ): void;
  maxWindows(
    x: number,
    table: number,
    y: number,
    winners: number,
    rows: number,
    pixels: number,
    positions: number,
    taps: number,
    channels: number,
  ): void;
  maxWindowsBack(
    dy: number,
    winners: number,
    table: number,
    dx: number,
    rows: number,
    positions: number,
    pixels: number,
    width: number,
    taps: number,
    channels: number,
  ): void;
  copyColumns(from: number, fromStep: number, to: number, toStep: number, bytes: number, rows: number): void;
}
