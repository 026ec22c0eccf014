"""What cells print and show: nothing lost, in order, in few messages, in the cell that caused it."""

import time
import unittest

from kernel_harness import KernelTest

SHOW = 'globalThis[Symbol.for("weightbook.display")]'
LIMIT = 16 * 1024


class Streams(KernelTest):
    def test_text_errors_and_displays_keep_their_order(self):
        code = f'console.log("a"); console.error("b"); {SHOW}({{ "text/plain": "c" }}); console.log("d"); "e"'
        run = self.succeed(code)
        outputs = [
            message["content"].get("text") or message["content"]["data"]["text/plain"].strip("'")
            for message in run.messages
            if message["msg_type"] in ("stream", "display_data", "execute_result")
        ]
        self.assertEqual(outputs, ["a\n", "b\n", "c", "d\n", "e"])

    def test_many_small_prints_become_few_messages(self):
        started = time.monotonic()
        run = self.succeed(
            "for (let i = 0; i < 2000; i++) {\n"
            "  console.log(i);\n"
            "  if (i % 20 === 0) await new Promise((r) => setTimeout(r, 10));\n"
            "}"
        )
        seconds = time.monotonic() - started
        self.assertEqual(run.text(), "".join(f"{i}\n" for i in range(2000)))
        self.assertLessEqual(len(run.all("stream")), seconds / 0.05 * 1.2 + 3)

    def test_a_burst_becomes_messages_of_16_KiB(self):
        started = time.monotonic()
        run = self.succeed("for (let i = 0; i < 20000; i++) console.log(i);")
        seconds = time.monotonic() - started
        text = "".join(f"{i}\n" for i in range(20000))
        self.assertEqual(run.text(), text)
        sizes = [len(content["text"]) for content in run.all("stream")]
        self.assertLessEqual(max(sizes), LIMIT * 1.05)
        self.assertLessEqual(len(sizes), len(text) / LIMIT + seconds / 0.05 + 3)

    def test_what_is_printed_while_waiting_arrives_soon(self):
        id = self.execute('console.log("soon"); await new Promise((r) => setTimeout(r, 1500));')
        self.wait_text(id, "soon", seconds=1)
        self.finish(id)

    def test_large_and_odd_text_arrives_unharmed(self):
        run = self.succeed('process.stdout.write("é😀∎".repeat(100_000));')
        self.assertEqual(run.text(), "é😀∎" * 100_000)
        self.assertEqual(self.succeed('process.stdout.write("10%\\r20%\\r\\n\\u001b[1mb\\u0000");').text(),
                         "10%\r20%\r\n\x1b[1mb\0")
        halves = 'const euro = Buffer.from("€"); process.stdout.write(euro.subarray(0, 1)); ' \
                 "process.stdout.write(euro.subarray(1));"
        self.assertEqual(self.succeed(halves).text(), "€")

    def test_none_of_3000_displays_is_lost(self):
        run = self.succeed(f'for (let i = 0; i < 3000; i++) {SHOW}({{ "text/plain": String(i) }});')
        shown = [content["data"]["text/plain"] for content in run.all("display_data")]
        self.assertEqual(shown, [str(i) for i in range(3000)])

    def test_output_before_an_error_comes_before_it(self):
        run = self.run_cell('console.log("before"); throw new Error("then");')
        self.assertLess(run.types.index("stream"), run.types.index("error"))


class OtherSources(KernelTest):
    """Output of workers, children and callbacks goes to the cell that started them."""

    worker = (
        'import { Worker } from "node:worker_threads";\n'
        "const work = (source: string) => new Worker(source, { eval: true });\n"
    )
    child = 'import { spawn, execSync, execFileSync } from "node:child_process";\n'

    def waited(self, code, *texts, name="stdout"):
        id = self.execute(code)
        self.assertEqual(self.finish(id).content["status"], "ok")
        for text in texts:
            self.wait_text(id, text, name, seconds=3)

    def while_another_runs(self, code, text):
        """The source speaks 500 ms after it was started, when another cell is running."""
        first = self.execute(code)
        self.assertEqual(self.finish(first).content["status"], "ok")
        second = self.execute('console.log("own"); await new Promise((r) => setTimeout(r, 1200));')
        run = self.finish(second)
        self.wait_text(first, text, seconds=3)
        self.assertEqual(run.text(), "own\n")

    def test_a_worker_prints(self):
        source = 'console.log("from a worker"); console.error("trouble in a worker"); process.stdout.write("raw");'
        code = self.worker + f"await new Promise((r) => work({source!r}).once('exit', r));"
        self.waited(code, "from a worker", "raw")
        self.waited(code, "trouble in a worker", name="stderr")

    def test_a_worker_prints_later(self):
        source = 'setTimeout(() => console.log("late worker"), 500)'
        self.while_another_runs(self.worker + f"work({source!r});", "late worker")

    def test_a_child_prints_through_inherited_streams(self):
        ended = "await new Promise((r) => child.once('exit', r));"
        spawned = "const child = spawn('sh', ['-c', 'echo from a child; echo trouble >&2'], { stdio: 'inherit' });"
        self.waited(self.child + spawned + ended, "from a child\n")
        self.waited(self.child + spawned + ended, "trouble\n", name="stderr")

    def test_a_child_that_is_waited_for_prints(self):
        self.waited(self.child + "execSync('echo waited for', { stdio: 'inherit' });", "waited for\n")
        self.waited(self.child + "execFileSync('sh', ['-c', 'echo shown by itself >&2']);",
                    "shown by itself\n", name="stderr")

    def test_a_child_is_piped(self):
        ended = "await new Promise((r) => child.once('close', r));"
        piped = "const child = spawn('echo', ['piped']); child.stdout.pipe(process.stdout, { end: false });"
        self.waited(self.child + piped + ended, "piped\n")

    def test_a_child_prints_later(self):
        code = "spawn('sh', ['-c', 'sleep 0.5; echo late child'], { stdio: 'inherit' });"
        self.while_another_runs(self.child + code, "late child\n")

    def test_a_piped_child_prints_later(self):
        code = "const late = spawn('sh', ['-c', 'sleep 0.5; echo late pipe']);" \
               "late.stdout.on('data', (data) => console.log(String(data).trim()));"
        self.while_another_runs(self.child + code, "late pipe\n")

    def test_much_output_of_a_child_is_complete(self):
        code = "execSync('seq 1 50000', { stdio: 'inherit' });"
        id = self.execute(self.child + code)
        self.finish(id)
        self.wait_text(id, "50000\n", seconds=3)
        text = "".join(m["content"]["text"] for m in self.published(id) if m["msg_type"] == "stream")
        self.assertEqual(text, "".join(f"{i}\n" for i in range(1, 50001)))

    def test_a_callback_prints_after_its_cell(self):
        id = self.execute('setTimeout(() => console.log("afterwards"), 300);')
        self.finish(id)
        self.wait_text(id, "afterwards", seconds=3)


class Strays(KernelTest):
    """Failures that nobody catches."""

    def test_a_rejection_fails_the_cell_that_runs(self):
        run = self.run_cell('Promise.reject(new TypeError("stray")); await new Promise((r) => setTimeout(r, 50));')
        self.assertEqual((run.content["status"], run.content.get("ename")), ("error", "TypeError"))
        run = self.run_cell('Promise.reject(new TypeError("at the end"));')
        self.assertEqual((run.content["status"], run.content.get("ename")), ("error", "TypeError"))

    def test_a_callback_that_throws_fails_the_cell_that_runs(self):
        code = 'setTimeout(() => { throw new RangeError("soon"); }, 20); await new Promise((r) => setTimeout(r, 200));'
        run = self.run_cell(code)
        self.assertEqual((run.content["status"], run.content.get("ename")), ("error", "RangeError"))

    def test_a_failure_after_its_cell_is_told_with_the_cells_number(self):
        ways = [
            'setTimeout(() => { throw new Error("late boom"); }, 300);',
            'setTimeout(() => Promise.reject(new Error("late boom")), 300);',
            'setTimeout(async () => { throw new Error("late boom"); }, 300);',
        ]
        for code in ways:
            with self.subTest(code):
                id = self.execute(code)
                count = self.finish(id).content["execution_count"]
                other = self.succeed("await new Promise((r) => setTimeout(r, 700)); 1")
                self.wait_text(id, "late boom", "stderr", seconds=2)
                text = "".join(m["content"].get("text", "") for m in self.published(id))
                self.assertRegex(text, rf"(?i)cell\D{{0,3}}{count}\b")
                self.assertEqual(other.text("stderr"), "")
        self.assert_usable()

    def test_a_worker_that_fails_is_told(self):
        code = OtherSources.worker + "work('throw new Error(\"in a worker\")'); await new Promise((r) => setTimeout(r, 800));"
        run = self.run_cell(code)
        self.assertEqual(run.content["status"], "error")
        self.assertIn("in a worker", run.content["evalue"])
        self.assert_usable()


if __name__ == "__main__":
    unittest.main(verbosity=2)
