import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LanguageRoom, openLanguageRoom } from "./language-room.js";

let room: LanguageRoom;

beforeAll(async () => {
  room = await openLanguageRoom();
  await room.run("async function* numbers() { yield 1; yield 2; }\nlet sum = 0;");
});

afterAll(() => room.close());

/** Last value of a cell that must not fail. */
async function value(code: string): Promise<unknown> {
  const ran = await room.run(code);
  expect([ran.thrown, ...ran.complaints]).toEqual([undefined]);
  return ran.value;
}

describe("waiting", () => {
  it.each([
    "for await (const n of numbers()) sum += n;",
    "{ for await (const n of numbers()) sum += n; }",
    "if (true) here: for await (const n of numbers()) { sum += n; if (n === 2) break here; }",
    "try { for await (const n of numbers()) sum += n; } finally {}",
  ])("runs a cell with only %s", async (code) => {
    await value("sum = 0;");
    await value(code);
    expect(await value("sum")).toBe(3);
  });

  it("runs a cell at once whose `for await` is inside a function", async () => {
    const code = "const all = async () => { for await (const n of numbers()) return n; };\ntypeof all";
    expect(await value(code)).toBe("function");
  });

  it("tells where `await` is not allowed", async () => {
    expect((await room.run("const o = {\n  m() { await sum; }\n};")).complaints[0]).toMatch(/^2:9 - 'await'/);
    expect((await room.run("() => { for await (const n of numbers()) {} }")).complaints[0]).toMatch(
      /^1:13 - /,
    );
  });
});

describe("local modules", () => {
  it("are imported with and without their extension, and evaluated once", async () => {
    writeFileSync(
      "once.ts",
      "(globalThis as any).count = ((globalThis as any).count ?? 0) + 1;\nexport const one = 1;",
    );
    expect(await value('import { one } from "./once.ts"; one')).toBe(1);
    expect(await value('import { one } from "./once"; one')).toBe(1);
    expect(await value("(globalThis as any).count")).toBe(1);
  });

  it("are seen as edited by the next cell, with those that import them, even at equal size and time", async () => {
    writeFileSync("inner.ts", "export const word = 'a';");
    writeFileSync(
      "outer.ts",
      'import { word } from "./inner.ts";\nexport const said = () => ["say", word].join(" ");',
    );
    const cell = 'import { said } from "./outer.ts"; said()';
    for (const letter of "abcde") {
      writeFileSync("inner.ts", `export const word = '${letter}';`);
      expect(await value(cell)).toBe(`say ${letter}`);
    }
  });

  it("are run again for their effect only when edited", async () => {
    writeFileSync("effect.ts", "(globalThis as any).effects = 'first';");
    await value('import "./effect.ts"; (globalThis as any).effects = "";');
    expect(await value('import "./effect.ts"; (globalThis as any).effects')).toBe("");
    writeFileSync("effect.ts", "(globalThis as any).effects = 'second';");
    expect(await value('import "./effect.ts"; (globalThis as any).effects')).toBe("second");
  });

  it("may be missing, made later, and deleted", async () => {
    const cell = 'import { late } from "./late.ts"; late';
    expect((await room.run(cell)).complaints[0]).toMatch(/^1:22 - Cannot find module '.\/late.ts'/);
    writeFileSync("late.ts", "export const late = 'here';");
    expect(await value(cell)).toBe("here");
    rmSync("late.ts");
    expect((await room.run(cell)).complaints[0]).toContain("Cannot find module");
  });

  it("fail with their name and place when their types are wrong, in any folder", async () => {
    writeFileSync("wrong.ts", "\nexport const text: string = 5;");
    expect((await room.run('import "./wrong.ts"')).complaints[0]).toMatch(/^wrong.ts 2:14 - Type 'number'/);
    mkdirSync("sub");
    process.chdir(room.folder);
    writeFileSync("sub/index.ts", "export * from './deep.ts';");
    writeFileSync("sub/deep.ts", "export const deep = 1;");
    expect(await value('import { deep } from "./sub"; deep')).toBe(1);
  });

  it("may import each other, data and TSX, and be imported while the cell runs", async () => {
    writeFileSync(
      "ping.ts",
      "import { pong } from './pong.ts';\nexport const ping = () => pong();\nexport const name = 'ping';",
    );
    writeFileSync("pong.ts", "import { name } from './ping.ts';\nexport const pong = () => name;");
    expect(await value('import { ping } from "./ping.ts"; ping()')).toBe("ping");
    writeFileSync("data.json", '{ "a": 1 }');
    expect(await value('import data from "./data.json"; data.a')).toBe(1);
    writeFileSync("data.json", '{ "a": 2 }');
    expect(await value('import data from "./data.json"; data.a')).toBe(2);
    writeFileSync("same.tsx", "export const same = <T,>(x: T) => x;");
    expect(await value('const module = await import("./same.tsx"); module.same(4)')).toBe(4);
  });
});

describe("declarations", () => {
  it("are made anew by later cells, in another form too", async () => {
    expect(await value("let it = 1; it")).toBe(1);
    expect(await value('const it = "text"; it')).toBe("text");
    expect(await value("class it { a = 2 }\nnew it().a")).toBe(2);
    expect(await value("function it() { return 3; }\nit()")).toBe(3);
    expect(await value("enum it { A = 4 }\nit.A")).toBe(4);
    expect(await value('import * as it from "node:path"; it.sep')).toBe("/");
    await value("type T = number; interface I { a: T }");
    expect(await value('type T = string; interface I { b: T }\nconst i: I = { b: "5" }; i.b')).toBe("5");
    expect(await value("export const shown = 6; shown")).toBe(6);
    expect(await value("const box = { shown }; box.shown")).toBe(6);
  });
});

describe("a cell", () => {
  it("of nothing but space and comments is not compiled, and forgets nothing", async () => {
    let compiled = 0;
    room.onBeforeRun(() => compiled++);
    await value("let kept = 7;");
    expect(compiled).toBe(1);
    for (const code of ["", " \n", "// words\n/* more */"]) await value(code);
    expect(compiled).toBe(1);
    expect(await value("kept")).toBe(7);
  });

  it("does not run when what is called before it throws", async () => {
    room.onBeforeRun(() => {
      throw new Error("cancelled");
    });
    await expect(room.run("kept = 8;")).rejects.toThrow("cancelled");
    room.onBeforeRun(() => undefined);
    expect(await value("kept")).toBe(7);
  });
});
