import { beforeEach, describe, expect, it } from "vitest";
import { History } from "#lib/kernel/protocol/history.js";

let history: History;
const codes = (content: Record<string, unknown>) =>
  (history.answer(content).history as [number, number, string][]).map(([, , code]) => code);

beforeEach(() => {
  history = new History();
  for (const [i, code] of ["let a = 1", "a + 1", "a * 2", "a + 1"].entries()) history.add(i + 1, code);
  history.noteOutput(2, "2");
});

describe("history", () => {
  it("tells the last cells, with session and line, and with their output when asked", () => {
    expect(history.answer({ hist_access_type: "tail", n: 2 }).history).toEqual([
      [1, 3, "a * 2"],
      [1, 4, "a + 1"],
    ]);
    expect(history.answer({ hist_access_type: "tail", n: 3, output: true }).history).toEqual([
      [1, 2, ["a + 1", "2"]],
      [1, 3, ["a * 2", null]],
      [1, 4, ["a + 1", null]],
    ]);
    expect(codes({ hist_access_type: "tail", n: 0 })).toEqual([]);
    expect(codes({ hist_access_type: "tail" })).toHaveLength(4);
  });

  it("tells a range of lines of this session, and nothing of others", () => {
    expect(codes({ hist_access_type: "range", session: 0, start: 2, stop: 4 })).toEqual(["a + 1", "a * 2"]);
    expect(codes({ hist_access_type: "range", session: 1, start: 4 })).toEqual(["a + 1"]);
    expect(codes({ hist_access_type: "range", session: -1, start: 1, stop: 9 })).toEqual([]);
  });

  it("searches by a pattern of *, ? and [characters], the last n, each code once when asked", () => {
    expect(codes({ hist_access_type: "search", pattern: "a*" })).toEqual(["a + 1", "a * 2", "a + 1"]);
    expect(codes({ hist_access_type: "search", pattern: "a*", unique: true })).toEqual(["a * 2", "a + 1"]);
    expect(codes({ hist_access_type: "search", pattern: "* ? ?", n: 1 })).toEqual(["a + 1"]);
    expect(codes({ hist_access_type: "search", pattern: "a + 1" })).toHaveLength(2);
    expect(codes({ hist_access_type: "search", pattern: "a [*] [0-9]" })).toEqual(["a * 2"]);
    expect(codes({ hist_access_type: "search", pattern: "a [!*]*" })).toHaveLength(2);
    for (const pattern of ["(", "[", "[z-a]", "\\", "[]", "^a"]) {
      expect(codes({ hist_access_type: "search", pattern })).toEqual([]);
    }
  });

  it("answers patterns at once that would keep a regular expression busy for ever", () => {
    history.add(5, "y".repeat(20_000));
    const started = performance.now();
    expect(codes({ hist_access_type: "search", pattern: `${"*y".repeat(30)}*z` })).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2000);
    expect(codes({ hist_access_type: "search", pattern: `${"*y".repeat(30)}*` })).toHaveLength(1);
  });

  it("answers wild requests with nothing wild", () => {
    expect(codes({ hist_access_type: "nonsense" })).toEqual([]);
    expect(codes({ hist_access_type: "tail", n: "many" })).toHaveLength(4);
    expect(codes({ hist_access_type: "range", start: null, stop: {} })).toHaveLength(4);
    expect(codes({})).toEqual([]);
  });
});
