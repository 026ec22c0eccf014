"""Jupyter's own kernel test suite on the kernel of this project (found through JUPYTER_PATH)."""

import unittest

import jupyter_kernel_test

SHOW = 'globalThis[Symbol.for("weightbook.display")]'


class WeightbookKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "weightbook"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("trouble")'
    completion_samples = [
        {"text": "consol", "matches": {"console"}},
        {"text": "JSON.str", "matches": {"stringify"}},
        {"text": "new Float32Arr", "matches": {"Float32Array"}},
        {"text": "Math.hyp", "matches": {"hypot"}},
    ]
    complete_code_samples = [
        "1",
        "const x = 1;",
        "",
        "for (const x of [1, 2]) { x; }",
        "function f(n: number): number { return n; }",
        "await Promise.resolve(3)",
        "const t = `a ${1 + 1} b`;",
        "type Pair<T> = [T, T];",
        'import * as fs from "node:fs";',
        "// only a comment",
        "[1, 2]\n  .map((x) => x + 1)",
    ]
    incomplete_code_samples = [
        "function f() {",
        "if (true) {",
        "const x =",
        "[1, 2,",
        "console.log(",
        "`open template",
        "/* open comment",
        "class A {\n  m() {",
        "1 +",
    ]
    invalid_code_samples = ["}", "x = )", "const 1a = 2;", "f(1))", "let = = 3;"]
    code_generate_error = 'throw new Error("expected")'
    code_inspect_sample = "console"
    code_execute_result = [
        {"code": "1 + 1", "result": "2"},
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2, 3]", "result": "[ 1, 2, 3 ]"},
        {"code": '({ a: 1, b: "x" })', "result": "{ a: 1, b: 'x' }"},
        {"code": "await Promise.resolve(5)", "result": "5"},
        {"code": "2n ** 64n", "result": "18446744073709551616n"},
        {"code": "new Map([[1, 2]])", "result": "Map(1) { 1 => 2 }"},
        {"code": "const seven = 7;\nseven", "result": "7"},
        {"code": "null", "result": "null"},
        {"code": "true // with a comment", "result": "true"},
        {"code": "[{ a: 1, b: 2 }, { a: 3, b: 4 }]", "mime": "text/html"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 [*]*"
    code_display_data = [
        {"code": SHOW + '({ "text/html": "<b>x</b>" })', "mime": "text/html"},
        {"code": SHOW + '({ "image/svg+xml": "<svg/>", "text/plain": "x" })', "mime": "image/svg+xml"},
        {"code": SHOW + '({ "application/json": { a: 1 } }, { displayId: "a" })', "mime": "application/json"},
        {"code": 'import * as tslab from "tslab";\ntslab.display.html("<b>x</b>")', "mime": "text/html"},
        {"code": 'import * as tslab from "tslab";\ntslab.display.markdown("*x*")', "mime": "text/markdown"},
        {"code": 'import * as tslab from "tslab";\ntslab.display.png(new Uint8Array([137]))', "mime": "image/png"},
    ]
    code_clear_output = 'globalThis[Symbol.for("weightbook.clearOutput")](true)'


if __name__ == "__main__":
    unittest.main(verbosity=2)
