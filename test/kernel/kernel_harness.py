"""A kernel of this project under jupyter_client, for the checks beside this file (found through JUPYTER_PATH)."""

import os
import time
import unittest
from queue import Empty

from jupyter_client.manager import start_new_kernel

PATIENCE = 15


class Run:
    """What came of one request: its reply and what was published because of it, in order."""

    def __init__(self, reply, messages):
        self.reply = reply
        self.messages = messages
        self.content = reply["content"]
        self.types = [message["msg_type"] for message in messages]

    def all(self, kind):
        return [message["content"] for message in self.messages if message["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(content["text"] for content in self.all("stream") if content["name"] == name)

    def result(self, mime="text/plain"):
        results = self.all("execute_result")
        return results[0]["data"].get(mime) if results else None


class KernelTest(unittest.TestCase):
    """One kernel for a class of tests; a test that leaves it busy costs the next a new one."""

    kernel_name = "weightbook"

    @classmethod
    def setUpClass(cls):
        cls.km, cls.kc = start_new_kernel(kernel_name=cls.kernel_name)
        cls.fresh()

    @classmethod
    def fresh(cls):
        cls.inbox = {"shell": [], "control": [], "iopub": [], "stdin": []}
        cls.unanswered = set()

    @classmethod
    def tearDownClass(cls):
        cls.kc.stop_channels()
        cls.km.shutdown_kernel(now=True)

    def tearDown(self):
        if self.unanswered or not self.km.is_alive():
            self.tearDownClass()
            self.setUpClass()
        self.fresh()

    def send(self, kind, content, channel="shell"):
        """Sends a request; returns its id."""
        message = self.kc.session.msg(kind, content)
        getattr(self.kc, f"{channel}_channel").send(message)
        return message["header"]["msg_id"]

    def execute(self, code, **fields):
        """Sends a cell; returns its id."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        id = self.send("execute_request", {**content, "allow_stdin": False, "stop_on_error": True, **fields})
        self.unanswered.add(id)
        return id

    def read(self, channel, seconds):
        """Takes in one more message of a channel; None when none came in time."""
        try:
            message = getattr(self.kc, f"get_{channel}_msg")(timeout=max(seconds, 0.001))
        except Empty:
            return None
        self.inbox[channel].append(message)
        return message

    def wait(self, channel, matches, what, seconds=PATIENCE):
        """The first message of a channel that matches, whether it is there or still comes."""
        for message in self.inbox[channel]:
            if matches(message):
                return message
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            message = self.read(channel, min(1, end - time.monotonic()))
            if message and matches(message):
                return message
            if not message and not self.km.is_alive():
                what = f"{what} did not come before the kernel was dead; it"
                break
        seen = [message["msg_type"] for message in self.inbox[channel]][-20:]
        self.fail(f"{what} did not come within {seconds} s; {channel} saw {seen}")

    def reply(self, id, channel="shell", seconds=PATIENCE):
        return self.wait(channel, lambda m: m["parent_header"].get("msg_id") == id, "a reply", seconds)

    def published(self, id):
        return [m for m in self.inbox["iopub"] if m["parent_header"].get("msg_id") == id]

    def wait_published(self, id, kind, matches=lambda content: True, seconds=PATIENCE):
        """The first published message of a kind that follows from a request."""
        return self.wait(
            "iopub",
            lambda m: m["msg_type"] == kind
            and m["parent_header"].get("msg_id") == id
            and matches(m["content"]),
            kind,
            seconds,
        )

    def wait_text(self, id, text, name="stdout", seconds=PATIENCE):
        """Waits until a cell's stream holds a text, however it is cut into messages."""
        heard = ""

        def holds(content):
            nonlocal heard
            heard += content["text"] if content["name"] == name else ""
            return text in heard

        self.wait_published(id, "stream", holds, seconds)

    def finish(self, id, channel="shell", seconds=PATIENCE):
        """Waits for a request's reply and for its idle."""
        reply = self.reply(id, channel, seconds)
        self.wait_published(id, "status", lambda content: content["execution_state"] == "idle", seconds)
        self.unanswered.discard(id)
        return Run(reply, self.published(id))

    def run_cell(self, code, seconds=PATIENCE, **fields):
        return self.finish(self.execute(code, **fields), seconds=seconds)

    def succeed(self, code, seconds=PATIENCE, **fields):
        run = self.run_cell(code, seconds, **fields)
        self.assertEqual(run.content["status"], "ok", run.content.get("traceback"))
        return run

    def begin(self, code, **fields):
        """Sends a cell and waits until it has begun."""
        id = self.execute(code, **fields)
        self.wait_published(id, "execute_input")
        time.sleep(0.3)
        return id

    def assert_usable(self):
        self.assertEqual(self.succeed("20 + 22", seconds=10).result(), "42")


def processes():
    """Parent of every process of this machine that is not a zombie."""
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat", encoding="utf8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(entry)] = int(fields[1])
    return parents


def family(pid):
    """A process and all that descend from it."""
    parents = processes()
    members = {pid}
    while True:
        children = {child for child, parent in parents.items() if parent in members} - members
        if not children:
            return members
        members |= children
