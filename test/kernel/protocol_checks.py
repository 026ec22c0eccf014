"""Requests and their answers, as the messaging protocol 5.3 tells them."""

import unittest

import zmq
from jupyter_client.session import Session

from kernel_harness import KernelTest

SHOW = 'globalThis[Symbol.for("weightbook.display")]'


class Requests(KernelTest):
    def test_every_request_is_framed_by_busy_and_idle(self):
        cursor = {"code": "conso", "cursor_pos": 5}
        history = {"output": False, "raw": True, "hist_access_type": "tail", "n": 3}
        requests = {
            "kernel_info": {},
            "is_complete": {"code": "1"},
            "complete": cursor,
            "inspect": {**cursor, "detail_level": 0},
            "history": history,
            "comm_info": {},
        }
        for name, content in requests.items():
            with self.subTest(name):
                run = self.finish(self.send(f"{name}_request", content))
                self.assertEqual(run.reply["msg_type"], f"{name}_reply")
                states = [message["content"]["execution_state"] for message in run.messages]
                self.assertEqual(states, ["busy", "idle"])

    def test_kernel_info_tells_protocol_and_language(self):
        content = self.finish(self.send("kernel_info_request", {})).content
        self.assertRegex(content["protocol_version"], r"^5\.[3-9]")
        self.assertEqual(content["status"], "ok")
        self.assertEqual(content["language_info"]["name"], "typescript")
        self.assertIn("mimetype", content["language_info"])

    def test_control_answers_kernel_info_too(self):
        id = self.send("kernel_info_request", {}, "control")
        self.assertEqual(self.finish(id, "control").reply["msg_type"], "kernel_info_reply")

    def test_comms_of_a_cell(self):
        id = self.finish(self.execute(
            'import * as wb from "weightbook";\n'
            'wb.comms().register("echo", (comm, data) => {\n'
            '  comm.send({ opened: data });\n'
            '  comm.onMessage = (said) => { console.log("heard", said); comm.send({ said }); };\n'
            '  comm.onClose = () => console.log("closed");\n'
            '});'
        )).reply["parent_header"]["msg_id"]
        self.send("comm_open", {"comm_id": "c9", "target_name": "echo", "data": {"a": 1}})
        opened = self.wait("iopub", lambda m: m["msg_type"] == "comm_msg", "an answer")
        self.assertEqual(opened["content"], {"comm_id": "c9", "data": {"opened": {"a": 1}}})
        info = self.finish(self.send("comm_info_request", {"target_name": "echo"})).content["comms"]
        self.assertEqual(info, {"c9": {"target_name": "echo"}})
        self.send("comm_msg", {"comm_id": "c9", "data": "hi"})
        said = self.wait("iopub", lambda m: m["msg_type"] == "comm_msg" and "said" in m["content"]["data"], "an echo")
        self.assertEqual(said["content"]["data"], {"said": "hi"})
        self.wait_text(id, "heard hi", seconds=3)
        self.send("comm_close", {"comm_id": "c9", "data": {}})
        self.wait_text(id, "closed", seconds=3)
        self.assertEqual(self.finish(self.send("comm_info_request", {})).content["comms"], {})
        # The other way round: a cell opens a comm and closes it.
        run = self.succeed('const own = wb.comms().connect("widget", { n: 1 }); own.send([2]); own.close();')
        self.assertEqual([kind for kind in run.types if kind.startswith("comm")], ["comm_open", "comm_msg", "comm_close"])
        self.assertEqual(run.all("comm_open")[0]["target_name"], "widget")

    def test_unknown_comm_targets_are_closed_and_unknown_comms_harmless(self):
        self.assertEqual(self.finish(self.send("comm_info_request", {})).content["comms"], {})
        id = self.send("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
        closed = self.wait_published(id, "comm_close")
        self.assertEqual(closed["content"]["comm_id"], "c1")
        self.send("comm_msg", {"comm_id": "c2", "data": {"a": 1}})
        self.send("comm_close", {"comm_id": "c3", "data": {}})
        self.send("comm_msg", {"comm_id": "c1", "data": {}})
        self.assertEqual(self.finish(self.send("comm_info_request", {})).content["comms"], {})
        self.assert_usable()

    def test_messages_without_the_right_signature_are_ignored(self):
        for name, key in [("another key", b"other"), ("none", b"")]:
            with self.subTest(name):
                forger = Session(key=key)
                content = {"code": "globalThis.forged = true;", "silent": False}
                forger.send(self.kc.shell_channel.socket, "execute_request", content)
                self.assertEqual(self.succeed('"forged" in globalThis').result(), "false")

    def test_complete_and_inspect_know_names_of_earlier_cells(self):
        self.succeed("/** Counts the sheep. */\nfunction countSheep(flock: number): string { return `${flock}`; }")
        content = self.finish(self.send("complete_request", {"code": "countSh", "cursor_pos": 7})).content
        self.assertIn("countSheep", content["matches"])
        self.assertEqual((content["cursor_start"], content["cursor_end"]), (0, 7))
        request = {"code": "countSheep(3)", "cursor_pos": 4, "detail_level": 0}
        content = self.finish(self.send("inspect_request", request)).content
        self.assertTrue(content["found"])
        self.assertIn("Counts the sheep.", content["data"]["text/plain"])
        self.assertIn("flock: number", content["data"]["text/plain"])
        request = {"code": "   ", "cursor_pos": 1, "detail_level": 0}
        self.assertFalse(self.finish(self.send("inspect_request", request)).content["found"])

    def test_cursors_count_characters_beyond_the_basic_plane_once(self):
        code = '"😀"; conso'
        content = self.finish(self.send("complete_request", {"code": code, "cursor_pos": len(code)})).content
        self.assertIn("console", content["matches"])
        self.assertEqual((content["cursor_start"], content["cursor_end"]), (len(code) - 5, len(code)))


class Execution(KernelTest):
    def count(self):
        return self.succeed("0").content["execution_count"]

    def test_a_cell_is_announced_answered_and_followed_by_idle(self):
        first = self.count()
        run = self.succeed("1 + 1")
        self.assertEqual(run.types, ["status", "execute_input", "execute_result", "status"])
        self.assertEqual(run.all("execute_input"), [{"code": "1 + 1", "execution_count": first + 1}])
        self.assertEqual(run.all("execute_result")[0]["execution_count"], first + 1)
        self.assertEqual(run.content["execution_count"], first + 1)
        self.assertEqual([c["execution_state"] for c in run.all("status")], ["busy", "idle"])

    def test_a_statement_shows_nothing(self):
        for code in ["1 + 1;", "const none = 3;", "undefined", "", "// nothing"]:
            with self.subTest(code):
                self.assertIsNone(self.succeed(code).result())

    def test_silent_is_quiet_and_does_not_count(self):
        first = self.count()
        run = self.succeed("globalThis.quiet = 8", silent=True)
        self.assertEqual(run.types, ["status", "status"])
        self.assertEqual(self.count(), first + 1)
        self.assertEqual(self.succeed("(globalThis as any).quiet").result(), "8")

    def test_without_history_it_shows_but_does_not_count(self):
        first = self.count()
        self.assertEqual(self.succeed("40 + 2", store_history=False).result(), "42")
        self.assertEqual(self.count(), first + 1)
        request = {"output": False, "raw": True, "hist_access_type": "tail", "n": 2}
        content = self.finish(self.send("history_request", request)).content
        self.assertNotIn("40 + 2", [entry[2] for entry in content["history"]])

    def test_user_expressions_are_valued_or_tell_their_error(self):
        expressions = {"sum": "base + 1", "list": "[base]", "bad": "nobody.knows", "thrown": "fail()"}
        code = 'const base = 41; function fail(): never { throw new RangeError("no"); }'
        answers = self.succeed(code, user_expressions=expressions).content["user_expressions"]
        self.assertEqual(answers["sum"]["status"], "ok")
        self.assertEqual(answers["sum"]["data"]["text/plain"], "42")
        self.assertEqual(answers["sum"]["metadata"], {})
        self.assertEqual(answers["list"]["data"]["text/plain"], "[ 41 ]")
        self.assertEqual(answers["bad"]["status"], "error")
        self.assertIn("nobody", answers["bad"]["evalue"])
        self.assertEqual((answers["thrown"]["status"], answers["thrown"]["ename"]), ("error", "RangeError"))

    def test_an_error_says_the_same_on_both_channels_and_points_into_the_cell(self):
        run = self.run_cell('const fine = 1;\n\nthrow new RangeError("boom");')
        (error,) = run.all("error")
        self.assertEqual((error["ename"], error["evalue"]), ("RangeError", "boom"))
        self.assertEqual(run.content["status"], "error")
        for field in ["ename", "evalue", "traceback"]:
            self.assertEqual(run.content[field], error[field])
        self.assertRegex("\n".join(error["traceback"]), r":3\b")

    def test_a_complaint_of_the_compiler_points_into_the_cell(self):
        (error,) = self.run_cell('const right = 1;\nconst wrong: number = "text";').all("error")
        self.assertIn("2", error["evalue"])
        self.assertIn("number", error["evalue"])

    def test_a_failure_aborts_what_was_queued_but_nothing_sent_later(self):
        code = 'await new Promise((r) => setTimeout(r, 300)); throw new Error("stop");'
        failing, second, third = self.execute(code), self.execute('"second"'), self.execute('"third"')
        self.assertEqual(self.reply(failing)["content"]["status"], "error")
        later = self.execute('"later"')
        for id in (failing, second, third, later):
            run = self.finish(id)
            expected = {failing: "error", later: "ok"}.get(id, "aborted")
            self.assertEqual(run.content["status"], expected)
            self.assertEqual(run.types[0], "status")
            if expected == "aborted":
                self.assertIsNone(run.result())

    def test_a_failure_stops_nothing_when_it_is_told_not_to(self):
        code = 'await new Promise((r) => setTimeout(r, 200)); throw new Error("go on");'
        failing, second = self.execute(code, stop_on_error=False), self.execute("1")
        self.assertEqual(self.finish(failing).content["status"], "error")
        self.assertEqual(self.finish(second).content["status"], "ok")

    def test_queued_cells_run_in_order(self):
        self.succeed("globalThis.order = [];")
        ids = [self.execute(f"await 0; (globalThis as any).order.push({i});") for i in range(20)]
        for id in ids:
            self.assertEqual(self.finish(id).content["status"], "ok")
        self.assertEqual(self.succeed('(globalThis as any).order.join(" ")').result().strip("'\""),
                         " ".join(map(str, range(20))))

    def test_reading_from_standard_input_is_refused_clearly(self):
        cells = [
            "for await (const chunk of process.stdin) console.log(chunk);",
            'process.stdin.on("data", (chunk) => console.log(chunk));',
            'import * as readline from "node:readline/promises";\n'
            "const reader = readline.createInterface({ input: process.stdin });\n"
            'await reader.question("name? ");',
        ]
        for code in cells:
            for allowed in (False, True):
                with self.subTest(code=code, allowed=allowed):
                    run = self.run_cell(code, seconds=5, allow_stdin=allowed)
                    self.assertEqual(run.content["status"], "error")
                    self.assertRegex(run.content["evalue"], r"(?i)stdin|standard input|input")
        self.assertEqual(self.read("stdin", 0.1), None)

    def test_displays_are_updated_by_their_id(self):
        run = self.succeed(
            f'{SHOW}({{ "text/plain": "x" }}, {{ displayId: "d", metadata: {{ a: 1 }} }});\n'
            f'{SHOW}({{ "text/plain": "y" }}, {{ displayId: "d", update: true }});'
        )
        (shown,), (updated,) = run.all("display_data"), run.all("update_display_data")
        self.assertEqual((shown["data"], shown["metadata"]), ({"text/plain": "x"}, {"a": 1}))
        self.assertEqual(updated["data"], {"text/plain": "y"})
        self.assertEqual([m["transient"]["display_id"] for m in (shown, updated)], ["d", "d"])

    def test_outputs_are_cleared_at_once_or_with_the_next(self):
        run = self.succeed('const clear = globalThis[Symbol.for("weightbook.clearOutput")]; clear(); clear(true);')
        self.assertEqual([content["wait"] for content in run.all("clear_output")], [False, True])


class WhileACellComputes(KernelTest):
    """The event loop of the cell stands still; the kernel answers all the same."""

    def setUp(self):
        self.id = self.begin("const until = Date.now() + 1800; while (Date.now() < until) {}")

    def tearDown(self):
        self.finish(self.id)
        super().tearDown()

    def assert_still_computing(self, id):
        """Else the answer could have come after the cell."""
        while self.read("shell", 0.05):
            pass
        parents = [message["parent_header"].get("msg_id") for message in self.inbox["shell"]]
        self.assertNotIn(id, parents)

    def test_the_heart_beats(self):
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.linger = 0
        socket.connect(f"tcp://{self.km.ip}:{self.km.hb_port}")
        try:
            socket.send(b"ping")
            self.assertTrue(socket.poll(1000), "no heartbeat")
            self.assertEqual(socket.recv(), b"ping")
            self.assert_still_computing(self.id)
        finally:
            socket.close()

    def test_kernel_info_is_answered_on_shell_and_control(self):
        for channel in ("shell", "control"):
            id = self.send("kernel_info_request", {}, channel)
            self.assertEqual(self.reply(id, channel, seconds=1)["content"]["status"], "ok")
        self.assert_still_computing(self.id)

    def test_what_it_printed_arrives(self):
        self.finish(self.id)
        id = self.begin('console.log("begun"); const end = Date.now() + 1500; while (Date.now() < end) {}')
        try:
            self.wait_text(id, "begun", seconds=1)
            self.assert_still_computing(id)
        finally:
            self.finish(id)


if __name__ == "__main__":
    unittest.main(verbosity=2)
