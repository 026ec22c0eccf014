import { describe, expect, it } from "vitest";
import { LiveOutput } from "#lib/workbook/terminal.js";

/** Progress shown at these seconds, and what was printed of it. */
function printed(isTerminal: boolean, ...seconds: number[]): string[] {
  const lines: string[] = [];
  let now = 0;
  const live = new LiveOutput(
    (text) => lines.push(text),
    isTerminal,
    () => 1000 * now,
  );
  for (const [i, second] of seconds.entries()) {
    now = second;
    const data = { "text/plain": `Table 6 ${second} %` };
    live.show({ output_type: "display_data", data, metadata: {} }, i > 0);
  }
  return lines;
}

describe("a running notebook's progress", () => {
  it("is said in a log once a minute at most", () => {
    expect(printed(false, 0, 1, 30, 61, 80, 122)).toEqual([
      "Table 6 0 %\n",
      "Table 6 61 %\n",
      "Table 6 122 %\n",
    ]);
  });

  it("is replaced in a terminal each time", () => {
    expect(printed(true, 0, 1, 2)).toHaveLength(3);
  });
});
