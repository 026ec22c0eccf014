"""Interrupts by message and by signal, whatever a cell is doing."""

import os
import signal
import time
import unittest

from kernel_harness import KernelTest

CELLS = {
    "a loop": "for (;;) {}",
    "a loop after an await": "await new Promise((r) => setTimeout(r, 20)); for (;;) {}",
    "a loop in a callback": "setTimeout(() => { for (;;) {} }, 20); await new Promise(() => {});",
    "a loop of awaits": "for (;;) await 0;",
    "a loop of awaits that catches": "for (;;) { try { await 0; } catch {} }",
    "a promise that stays": "await new Promise(() => {});",
    "a lock": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
    "timers without end": "const again = () => setTimeout(again, 0); again(); await new Promise(() => {});",
    "ticks without end": "const tick = () => process.nextTick(tick); tick(); await new Promise(() => {});",
    "a pattern that backtracks": '/^(a+)+$/.test("a".repeat(60) + "!");',
    "a child that is waited for": 'import { execSync } from "node:child_process";\nexecSync("sleep 60");',
}


class Interrupts(KernelTest):
    def by_message(self):
        id = self.send("interrupt_request", {}, "control")
        reply = self.reply(id, "control", seconds=5)
        self.assertEqual((reply["msg_type"], reply["content"]["status"]), ("interrupt_reply", "ok"))

    def by_signal(self):
        os.kill(self.km.provisioner.pid, signal.SIGINT)

    def by_group(self):
        os.killpg(os.getpgid(self.km.provisioner.pid), signal.SIGINT)

    def check(self, name, interrupt):
        id = self.begin(CELLS[name])
        interrupt()
        run = self.finish(id, seconds=6)
        self.assertEqual(run.content["status"], "error")
        self.assertRegex(run.content["ename"] + run.content["evalue"], "(?i)interrupt")
        self.assertEqual(len(run.all("error")), 1)
        self.assert_usable()

    def test_variables_outlive_an_interrupt(self):
        self.succeed("let kept = 5;")
        for code in ["for (;;) {}", "await new Promise(() => {});", "for (;;) await 0;"]:
            id = self.begin(code)
            self.by_group()
            self.assertEqual(self.finish(id, seconds=6).content["status"], "error")
        self.assertEqual(self.succeed("kept").result(), "5")

    def test_chains_of_ticks_are_stopped_one_right_after_the_other(self):
        for interrupt in (self.by_message, self.by_group, self.by_message):
            id = self.begin(CELLS["ticks without end"])
            interrupt()
            self.assertEqual(self.finish(id, seconds=6).content["status"], "error")
        self.assert_usable()

    def test_a_long_chain_of_ticks_right_after_an_interrupt_is_not_cut(self):
        id = self.begin("for (;;) {}")
        self.by_message()
        self.finish(id, seconds=6)
        chain = "let left = 5000;\nawait new Promise((r) => { const f = () => --left ? process.nextTick(f) : r(0); f(); });\nleft"
        self.assertEqual(self.succeed(chain).result(), "0")

    def test_the_signal_of_long_work_is_aborted(self):
        self.succeed('import * as wb from "weightbook";')
        id = self.begin(
            'wb.signal.addEventListener("abort", () => console.log("told"));\n'
            "await new Promise(() => {});"
        )
        self.by_message()
        self.assertEqual(self.finish(id, seconds=6).content["status"], "error")
        self.wait_text(id, "told", seconds=3)
        self.assertEqual(self.succeed("wb.signal.aborted").result(), "false")

    def test_without_a_cell_it_does_nothing(self):
        for interrupt in (self.by_message, self.by_signal, self.by_group):
            interrupt()
            if interrupt != self.by_message:
                # A signal has no reply that tells when it was seen.
                time.sleep(0.2)
            self.assert_usable()

    def test_queued_cells_are_aborted_too(self):
        id = self.begin("await new Promise(() => {});")
        queued = self.execute("1")
        self.by_message()
        self.assertEqual(self.finish(id, seconds=6).content["status"], "error")
        self.assertEqual(self.finish(queued).content["status"], "aborted")

    def test_a_worker_that_computes_does_not_hold_it_up(self):
        id = self.begin(
            'import { Worker } from "node:worker_threads";\n'
            'new Worker("for (;;) {}", { eval: true });\nawait new Promise(() => {});'
        )
        self.by_message()
        self.assertEqual(self.finish(id, seconds=6).content["status"], "error")
        self.assert_usable()


def add(name, way):
    def test(self):
        self.check(name, getattr(self, f"by_{way}"))

    setattr(Interrupts, f"test_{name.replace(' ', '_')}_by_{way}", test)


for cell in CELLS:
    for means in ("message", "signal", "group"):
        add(cell, means)

if __name__ == "__main__":
    unittest.main(verbosity=2)
