"""How a kernel ends: on request, with its parent, for want of memory; and that it leaves nobody behind."""

import json
import os
import shutil
import signal
import tempfile
import time
import unittest

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from kernel_harness import KernelTest, family, processes

CHILD = 'import { spawn } from "node:child_process";\nspawn("sleep", ["987"]);\n'


class Ends(KernelTest):
    def setUp(self):
        self.pid = self.km.provisioner.pid

    def tearDown(self):
        # Whatever became of it, the next test starts with a kernel of its own.
        self.km.shutdown_kernel(now=True)
        super().tearDown()

    def assert_gone(self, members, seconds=5):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            # Reaps the kernel itself, which is a child of this process.
            self.km.is_alive()
            left = members & set(processes())
            if not left:
                return
            time.sleep(0.05)
        self.fail(f"{len(left)} of {len(members)} processes are still there")

    def shut_down(self, restart):
        id = self.send("shutdown_request", {"restart": restart}, "control")
        reply = self.reply(id, "control", seconds=5)
        self.assertEqual(reply["msg_type"], "shutdown_reply")
        self.assertEqual(reply["content"], {"status": "ok", "restart": restart})

    def test_a_request_ends_it_and_its_children(self):
        self.succeed(CHILD)
        members = family(self.pid)
        self.assertGreater(len(members), 1)
        self.shut_down(False)
        self.assert_gone(members)

    def test_a_request_to_restart_ends_it_too(self):
        members = family(self.pid)
        self.shut_down(True)
        self.assert_gone(members)

    def test_a_request_ends_it_while_a_cell_computes(self):
        self.begin("for (;;) {}")
        members = family(self.pid)
        self.shut_down(False)
        self.assert_gone(members)

    def test_nobody_is_left_when_it_is_killed(self):
        self.begin("for (;;) {}")
        members = family(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        self.assert_gone(members)

    def test_a_restart_gives_a_fresh_state(self):
        self.succeed("let kept = 1;")
        self.km.restart_kernel(now=False)
        self.kc.wait_for_ready(timeout=30)
        self.fresh()
        run = self.run_cell("kept")
        self.assertEqual(run.content["status"], "error")
        self.assertIn("kept", run.content["evalue"])
        self.assertEqual(run.all("execute_input")[0]["execution_count"], 1)


class Memory(KernelTest):
    kernel_name = "weightbook-small"

    @classmethod
    def setUpClass(cls):
        """A copy of the kernelspec with little memory, in a folder that JUPYTER_PATH names first."""
        cls.folder = tempfile.mkdtemp(prefix="weightbook-memory-")
        spec = KernelSpecManager().get_kernel_spec("weightbook")
        argv = [word.replace("{resource_dir}", spec.resource_dir) for word in spec.argv]
        argv = [word for word in argv if not word.startswith("--max-old-space-size")]
        argv.insert(1, "--max-old-space-size=128")
        target = os.path.join(cls.folder, "kernels", cls.kernel_name)
        os.makedirs(target)
        content = {"argv": argv, "display_name": "small", "language": "typescript"}
        with open(os.path.join(target, "kernel.json"), "w", encoding="utf8") as file:
            json.dump({**content, "interrupt_mode": spec.interrupt_mode}, file)
        cls.earlier = os.environ.get("JUPYTER_PATH", "")
        os.environ["JUPYTER_PATH"] = os.pathsep.join([cls.folder, cls.earlier])
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name)
        cls.fresh()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        os.environ["JUPYTER_PATH"] = cls.earlier
        shutil.rmtree(cls.folder)

    def check(self, code):
        id = self.execute(code)
        error = self.wait_published(id, "error", seconds=40)["content"]
        self.assertRegex(error["ename"] + " " + error["evalue"], "(?i)memory")
        self.assertEqual(self.reply(id, seconds=5)["content"]["status"], "error")
        self.unanswered.discard(id)
        # Then it ends, so that the front end starts a new one.
        end = time.monotonic() + 5
        while self.km.is_alive() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse(self.km.is_alive())

    def test_a_cell_that_takes_all_memory_is_told(self):
        self.check("const kept: unknown[] = []; for (;;) kept.push(new Array(1000).fill(kept.length));")

    def test_a_cell_that_takes_all_memory_between_awaits_is_told(self):
        self.check(
            "const held: unknown[] = [];\n"
            "for (;;) { await 0; held.push(new Array(1000).fill(held.length)); }"
        )


if __name__ == "__main__":
    unittest.main(verbosity=2)
