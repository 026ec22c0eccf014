import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOfDiagnostics, failureOfThrown } from "#lib/kernel/cells/failure.js";
import type { Failure } from "#lib/kernel/channel.js";
import { type LanguageRoom, openLanguageRoom } from "./language-room.js";

let room: LanguageRoom;

beforeAll(async () => {
  room = await openLanguageRoom();
});

afterAll(() => room.close());

async function failure(code: string): Promise<Failure> {
  const { thrown, complaints } = await room.run(code);
  expect(complaints).toEqual([]);
  return failureOfThrown(thrown, room.conversion.positions);
}

/** Places in the cell that ran last, as LINE:COLUMN, innermost first. */
const places = ({ traceback }: Failure) =>
  [...traceback.join("\n").matchAll(new RegExp(`cell\\[${room.lastCell()}\\]:(\\d+:\\d+)`, "g"))].map(
    ([, at]) => at,
  );

describe("places", () => {
  const samples: readonly (readonly [string, string, readonly string[]])[] = [
    ["a plain cell", 'const a = 1;\n\nthrow new Error("x");', ["3:7"]],
    [
      "equal lines",
      "try { f(); } catch {}\ntry { f(); } catch {}\nfunction f() { throw 1; }\nnull!;\nnull!;\n(null as any).x",
      ["6:15"],
    ],
    [
      "template literals of several lines",
      "const t = `a\nb\nc`;\nconst u = `\n$".concat("{(() => { throw new Error(t); })()}`;"),
      ["5:18", "5:34"],
    ],
    [
      "a decorated method",
      "const d: any = () => undefined;\nclass D {\n  @d\n  m() {\n    throw new Error('m');\n  }\n}\nnew D().m();",
      ["5:11", "8:9"],
    ],
    [
      "an async function after its await",
      "async function g() {\n  await null;\n  throw new Error('g');\n}\nawait g();",
      ["3:9", "5:1"],
    ],
    ["shorthand before it", "const size = 1; const box = { size }; (box as any).none.x;", ["1:57"]],
    [
      "types and removed lines",
      "interface A {\n  a: number;\n}\ntype B = A;\nconst b = { a: 1 } as B;\n(b as any).c.d;",
      ["6:14"],
    ],
  ];

  it.each(samples)("are exact in %s", async (_, code, expected) => {
    expect(places(await failure(code))).toEqual(expected);
  });

  it("are exact in a long cell, with the failing line shown", async () => {
    const lines = Array.from({ length: 400 }, (_, i) => `const v${i}: number = ${i};`);
    lines[256] = "  throw new RangeError('far');";
    const found = await failure(lines.join("\n"));
    expect(places(found)).toEqual(["257:9"]);
    expect(found.traceback.slice(-4)).toEqual([
      "  256 | const v255: number = 255;",
      ">  257 |   throw new RangeError('far');".replace(">  ", "> "),
      "      |         ^",
      "  258 | const v257: number = 257;",
    ]);
  });

  it("lead into the cell and the local module that a function was written in", async () => {
    writeFileSync(
      "deep.ts",
      "interface X {}\nexport function deep(): never {\n  throw new Error('deep');\n}",
    );
    await room.run("\nfunction early(f: () => void) {\n  f();\n}");
    const first = room.lastCell();
    const { traceback } = await failure('import { deep } from "./deep.ts";\nearly(deep);');
    const text = traceback.join("\n");
    expect(text).toMatch(/deep \(deep\.ts:3:9\)/);
    expect(text).toContain(`early (cell[${first}]:3:3)`);
    expect(text).toContain(`cell[${room.lastCell()}]:2:1`);
  });
});

describe("names and values", () => {
  const samples: readonly (readonly [string, string, string])[] = [
    ["throw null", "Thrown", "null"],
    ["throw undefined", "Thrown", "undefined"],
    ["throw 5", "Thrown", "5"],
    ['throw "text"', "Thrown", "text"],
    ["throw { a: [1] }", "Thrown", "{ a: [ 1 ] }"],
    ["class Mine extends Error {}\nthrow new Mine('m')", "Mine", "m"],
    ["class Named extends Error { name = 'Other'; }\nthrow new Named('n')", "Other", "n"],
    ["throw { name: 'Like', message: 'an error' }", "Like", "an error"],
    [
      "import vm from 'node:vm';\nvm.runInNewContext('null.x')",
      "TypeError",
      "Cannot read properties of null (reading 'x')",
    ],
    ["throw new DOMException('d', 'AbortError')", "AbortError", "d"],
    [
      "throw Object.defineProperty({ name: 'a' }, 'message', { get() { throw 1; } })",
      "Thrown",
      "a value that cannot be described was thrown",
    ],
  ];

  it.each(samples)("of %s", async (code, ename, evalue) => {
    // `throw undefined` reaches us as an undefined value too.
    expect(await failure(code)).toMatchObject({ ename, evalue });
  });

  it("tells every cause and every error of several, and ends where they go round", async () => {
    const { traceback } = await failure(`const inner = new TypeError("inner", { cause: "root" });
const outer = new AggregateError([new Error("one"), 2], "outer", { cause: inner });
(inner as any).cause2 = outer;
throw outer;`);
    const heads = traceback.filter((line) => /^(AggregateError|error|caused)/.test(line));
    expect(heads).toEqual([
      "AggregateError: outer",
      "error 1 of 2: Error: one",
      "error 2 of 2: Thrown: 2",
      "caused by: TypeError: inner",
      "caused by: Thrown: root",
    ]);
    const circle = new Error("a");
    circle.cause = new Error("b", { cause: circle });
    expect(failureOfThrown(circle).traceback.at(-1)).toBe("caused by: …");
  });
});

describe("the compiler's complaints", () => {
  it("come with the line and a caret", () => {
    const source = "let a = 1;\nlet b: string = a;";
    expect(failureOfDiagnostics(["2:5 - Wrong."], source)).toEqual({
      ename: "TypeScriptError",
      evalue: "2:5 - Wrong.",
      traceback: [
        "TypeScriptError: 2:5 - Wrong.",
        "  1 | let a = 1;",
        "> 2 | let b: string = a;",
        "    |     ^",
      ],
    });
  });

  it("about a local module alone show no line of the cell", () => {
    const { traceback } = failureOfDiagnostics(["x.ts 1:2 - Wrong."], "cell");
    expect(traceback).toEqual(["TypeScriptError: x.ts 1:2 - Wrong."]);
  });
});
