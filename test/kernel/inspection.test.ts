import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inspection } from "#lib/kernel/language/inspection.js";
import type { Executor } from "#lib/kernel/language/tslab.js";
import { type LanguageRoom, openLanguageRoom } from "./language-room.js";

let room: LanguageRoom;

beforeAll(async () => {
  room = await openLanguageRoom();
  await room.run(`/**
 * Adds things, see {@link Math.max the larger}.
 * @param a first
 * @returns the sum
 * @throws RangeError when it is too much
 * @example
 * add(1, 2);
 */
function add(a: number, b = 2): number { return a + b; }`);
});

afterAll(() => room.close());

const inspect = (marked: string) =>
  room.ask("inspect_request", marked) as { found: boolean; data: Record<string, string> };

describe("inspection", () => {
  it("shows the signature and the whole doc comment, as text and as Markdown", () => {
    const { data } = inspect("ad|d");
    expect(data["text/plain"]).toBe(`function add(a: number, b?: number): number

Adds things, see the larger.

@param a first
@returns the sum
@throws RangeError when it is too much
@example
add(1, 2);`);
    expect(data["text/markdown"]).toContain(
      "```typescript\nfunction add(a: number, b?: number): number\n```",
    );
    expect(data["text/markdown"]).toContain("*@param* `a` — first");
    expect(data["text/markdown"]).toContain("*@example*\n```typescript\nadd(1, 2);\n```");
  });

  it.each(["add|", "add(|", "add(1, |", "add(1, 2|)", "'😀'; add|", "[add(1|)].length"])(
    "finds the function at or around the cursor of %s",
    (marked) => {
      expect(inspect(marked).data["text/plain"]).toMatch(/^function add\(/);
    },
  );

  it("tells the types of names in the code itself, and of Node's modules", () => {
    expect(inspect("const five = 5; fiv|e").data["text/plain"]).toBe("const five: 5");
    expect(inspect("Math.ma|x").data["text/plain"]).toContain("Returns the larger of a set");
  });

  it.each(["|", " | ", "unknownName|", "1 + |1", "@@ ((|"])("finds nothing in %s", (marked) => {
    expect(inspect(marked)).toMatchObject({ status: "ok", found: false, data: {} });
  });

  it("finds nothing where the language service fails", () => {
    const broken = {
      inspect: () => {
        throw new Error("no");
      },
    } as unknown as Executor;
    expect(inspection(broken, "ab", 1)).toMatchObject({ status: "ok", found: false });
  });

  it("leaves requests of other kinds to others", () => {
    expect(room.ask("history_request", "|")).toEqual({});
  });
});
