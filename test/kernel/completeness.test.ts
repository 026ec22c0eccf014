import { describe, expect, it } from "vitest";
import { completeness } from "#lib/kernel/language/completeness.js";

const complete = [
  "",
  " \n\t\n",
  "// only a comment",
  "/* a\n b */",
  "1 + 1",
  "await fetch('x')",
  "for await (const x of y) {}",
  "const f = <T>(x: T) => x",
  "<number>y",
  "import { a } from 'x'",
  "@dec class A {}",
  "declare function f(): void",
  "const re = /[/{(]/g",
  "const s = `a {( b`",
];

const incomplete: readonly (readonly [string, string])[] = [
  ["{", "  "],
  ["if (a) {\n", "  "],
  ["function f() {\n    return [", "        "],
  ["const a = {\n\tb: [\n", "\t\t"],
  ["class A {\n  m() {\n    x;\n  }", "  "],
  ["foo(a,\n    b,\n", "    "],
  ["f(", "  "],
  ["`abc", ""],
  ["`abc${x", "  "],
  ["/* abc", ""],
  ["1 +", "  "],
  ["const x =", "  "],
  ["let x = 1,", "  "],
  ["x.", "  "],
  ["a ? b", "  "],
  ["if (a)", "  "],
  ["else_;\nif (a) 1; else", "  "],
  ["async function f()", ""],
  ["class A", ""],
  ["@dec()", ""],
  ["import { a } from", "  "],
  ["import", "  "],
  ["await", "  "],
  ["foo( // why", "  "],
];

const invalid = [
  "'abc",
  "const = 5;",
  "let x = ;",
  "}",
  "foo bar",
  ")",
  "/abc",
  "%time",
  "let a = 1;\n} else {",
];

describe("completeness", () => {
  it.each(complete)("%j is complete", (code) => {
    expect(completeness(code)).toEqual({ status: "complete" });
  });

  it.each(incomplete)("%j is incomplete and goes on with %j", (code, indent) => {
    expect(completeness(code)).toEqual({ status: "incomplete", indent });
  });

  it.each(invalid)("%j is invalid", (code) => {
    expect(completeness(code)).toEqual({ status: "invalid" });
  });

  it("takes empty lines for the end of code, but not of a template literal", () => {
    expect(completeness("f(\n\n\n").status).toBe("invalid");
    expect(completeness("f(1)\n\n\n").status).toBe("complete");
    expect(completeness("`a\n\n\n").status).toBe("incomplete");
  });
});
