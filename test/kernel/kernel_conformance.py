"""Jupyter's own kernel test suite on the kernel of this project (found through JUPYTER_PATH)."""

import unittest

import jupyter_kernel_test


class WeightbookKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "weightbook"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("trouble")'
    completion_samples = [{"text": "consol", "matches": {"console"}}]
    complete_code_samples = ["1", "const x = 1;"]
    incomplete_code_samples = ["function f() {", "if (true) {"]
    code_generate_error = 'throw new Error("expected")'
    code_inspect_sample = "console"
    code_display_data = [
        {
            "code": 'globalThis[Symbol.for("weightbook.display")]({ "text/html": "<b>x</b>" })',
            "mime": "text/html",
        }
    ]


if __name__ == "__main__":
    unittest.main()
