"""nbclient, which runs notebooks for Jupyter's tools, on the kernel of this project."""

import unittest

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def executed(*sources, **options):
    """A notebook of code cells, after nbclient ran it."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "weightbook", "display_name": "weightbook", "language": "typescript"}
    client = NotebookClient(notebook, **{"timeout": 60, "kernel_name": "weightbook", **options})
    try:
        client.execute()
    except CellExecutionError as error:
        return notebook, error
    return notebook, None


def text(cell, name="stdout"):
    return "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == name)


class Notebooks(unittest.TestCase):
    def test_every_line_of_long_output_is_recorded_in_order(self):
        loop = "for (let i = 0; i < {}; i++) console.log(i);"
        notebook, error = executed(loop.format("20_000"), loop.format("200_000"), "6 * 7")
        self.assertIsNone(error)
        for cell, count in zip(notebook.cells, (20_000, 200_000)):
            self.assertEqual(text(cell), "".join(f"{i}\n" for i in range(count)))
        self.assertEqual([cell.execution_count for cell in notebook.cells], [1, 2, 3])
        (result,) = notebook.cells[2].outputs
        self.assertEqual((result.output_type, result.execution_count), ("execute_result", 3))
        self.assertEqual(result.data["text/plain"], "42")

    def test_a_failure_is_raised_with_its_name_and_stops_the_notebook(self):
        notebook, error = executed("const fine = 1;", 'throw new RangeError("boom");', "3")
        self.assertIsInstance(error, CellExecutionError)
        self.assertEqual((error.ename, error.evalue), ("RangeError", "boom"))
        self.assertEqual([cell.execution_count for cell in notebook.cells], [1, 2, None])
        self.assertEqual(notebook.cells[1].outputs[-1].output_type, "error")

    def test_a_cell_that_takes_too_long_is_interrupted_and_the_next_runs(self):
        notebook, error = executed(
            "let kept = 4;",
            "for (;;) {}",
            "await new Promise(() => {});",
            "kept + 1",
            timeout=1,
            interrupt_on_timeout=True,
            allow_errors=True,
        )
        self.assertIsNone(error)
        for cell in notebook.cells[1:3]:
            self.assertRegex(cell.outputs[-1].ename, "(?i)interrupt")
        self.assertEqual(notebook.cells[3].outputs[0].data["text/plain"], "5")

    def test_tables_are_recorded_as_html(self):
        frame = 'import * as wb from "weightbook";\nwb.dataFrame({ a: [1, 2], b: [3, 4] })'
        notebook, error = executed(frame, "[{ a: 1, b: 2 }, { a: 3, b: 4 }]")
        self.assertIsNone(error)
        for cell in notebook.cells:
            (result,) = cell.outputs
            self.assertEqual(result.output_type, "execute_result")
            self.assertIn("<table", result.data["text/html"])
            self.assertIn("text/plain", result.data)

    def test_displays_and_updates_are_recorded(self):
        show = 'globalThis[Symbol.for("weightbook.display")]'
        notebook, error = executed(
            f'{show}({{ "text/plain": "x" }}, {{ displayId: "d" }});',
            f'{show}({{ "text/plain": "y" }}, {{ displayId: "d", update: true }});',
        )
        self.assertIsNone(error)
        self.assertEqual(notebook.cells[0].outputs[0].data["text/plain"], "y")


if __name__ == "__main__":
    unittest.main(verbosity=2)
