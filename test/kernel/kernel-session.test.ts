import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "#lib/kernel/protocol/wire.js";
import { KernelClient } from "#lib/workbook/runner/client.js";

// A folder with no package in it or above it: the kernel must find weightbook by itself.
const folder = mkdtempSync(join(tmpdir(), "weightbook-kernel-test-"));
let client: KernelClient;
let published: Message[] = [];

beforeAll(async () => {
  client = await KernelClient.start({ cwd: folder, onPublished: (message) => published.push(message) });
});

afterAll(async () => {
  await client.shutdown();
  rmSync(folder, { recursive: true });
});

/** Runs a cell; returns its reply, what was published because of it, in order, and its value as text. */
async function run(source: string): Promise<{ reply: Message; messages: Message[]; value?: string }> {
  published = [];
  let id = "";
  const reply = await client.execute(source, (sent) => {
    id = sent;
  });
  const messages = published.filter((message) => message.parent_header.msg_id === id);
  const result = messages.find(({ header }) => header.msg_type === "execute_result");
  const data = result?.content.data as Record<string, string> | undefined;
  return { reply, messages, value: data?.["text/plain"] };
}

/** Interrupts a cell, again and again in case it has not begun yet, until it ends. */
async function interrupted<T>(cell: Promise<T>): Promise<T> {
  const timer = setInterval(() => client.interrupt(), 700);
  return cell.finally(() => clearInterval(timer));
}

const types = (messages: readonly Message[]) => messages.map((message) => message.header.msg_type);
const text = (messages: readonly Message[], name: string) =>
  messages
    .filter(({ header, content }) => header.msg_type === "stream" && content.name === name)
    .map(({ content }) => content.text)
    .join("");

describe("output", () => {
  it("loses none of 20,000 lines printed in a loop, keeps their order, and ends with idle", async () => {
    const { messages } = await run("for (let i = 0; i < 20000; i++) console.log(i);");
    expect(text(messages, "stdout")).toBe(`${Array.from({ length: 20000 }, (_, i) => i).join("\n")}\n`);
    expect(messages[0].content.execution_state).toBe("busy");
    expect(messages.at(-1)?.content.execution_state).toBe("idle");
  });

  it("loses none of 3,000 displays", async () => {
    const { messages } = await run(
      `const show = (globalThis as any)[Symbol.for("weightbook.display")];
       for (let i = 0; i < 3000; i++) show({ "text/plain": String(i) });`,
    );
    const shown = messages.filter(({ header }) => header.msg_type === "display_data");
    expect(shown.map(({ content }) => (content.data as Record<string, string>)["text/plain"])).toEqual(
      Array.from({ length: 3000 }, (_, i) => String(i)),
    );
  });

  it("keeps stdout, stderr and displays in the order in which they were made", async () => {
    const { messages } = await run(
      'console.log("a"); console.error("b"); show({ "text/plain": "c" }); console.log("d");',
    );
    const outputs = messages.filter(({ header }) => ["stream", "display_data"].includes(header.msg_type));
    expect(outputs.map(({ content }) => content.text ?? content.data)).toEqual([
      "a\n",
      "b\n",
      { "text/plain": "c" },
      "d\n",
    ]);
  });

  it("shows a whole bundle as one message, and replaces it by its id", async () => {
    const { messages } = await run(
      `show({ "text/plain": "x", "image/svg+xml": "<svg/>", "application/json": { a: [1] } }, { displayId: "p" });
       show({ "text/plain": "y" }, { displayId: "p", update: true });`,
    );
    const shown = messages.filter(({ header }) => header.msg_type.endsWith("display_data"));
    expect(types(shown)).toEqual(["display_data", "update_display_data"]);
    expect(shown[0].content).toEqual({
      data: { "text/plain": "x", "image/svg+xml": "<svg/>", "application/json": { a: [1] } },
      metadata: {},
      transient: { display_id: "p" },
    });
    expect(shown[1].content.transient).toEqual({ display_id: "p" });
  });

  it("shows the last expression's value unless a semicolon makes it a statement", async () => {
    expect((await run("[1, 2].map((x) => x + 1)")).value).toBe("[ 2, 3 ]");
    expect((await run("[1, 2].map((x) => x + 1); // quiet")).value).toBeUndefined();
    expect((await run("({ a: 1 }) // shown;")).value).toBe("{ a: 1 }");
    for (const code of [
      "await Promise.resolve(3)",
      "await (async () => 3)()",
      "await (3)",
      "(await [3])[0]",
      "await `3`",
    ]) {
      expect((await run(code)).value).toMatch(/^'?3'?$/);
    }
  });

  it("prints text of several bytes a character unharmed", async () => {
    const { messages, value } = await run('process.stdout.write("Schürholt → ∎\\n"); 6 * 7');
    expect(text(messages, "stdout")).toBe("Schürholt → ∎\n");
    expect(value).toBe("42");
  });
});

describe("failures", () => {
  const failures: readonly (readonly [string, string, string, string, string])[] = [
    [
      "thrown",
      'const n: number = 1;\n\nif (n) {\n  throw new RangeError("boom");\n}',
      "RangeError",
      "boom",
      ":4",
    ],
    ["thrown after an await", 'await Promise.resolve();\nthrow new Error("late");', "Error", "late", ":2"],
    [
      "rejected and not awaited",
      'Promise.reject(new TypeError("stray"));\nvoid 0;',
      "TypeError",
      "stray",
      ":1",
    ],
    ["not compiled", "let x = 1;\nlet y: string = x;", "TypeScriptError", "2:5", "2:5"],
    ["thrown as text", 'throw "only text";', "Thrown", "only text", "only text"],
  ];

  it.each(failures)(
    "reports what is %s, with name, value and place",
    async (_, source, name, value, place) => {
      const { reply, messages } = await run(source);
      const error = messages.find(({ header }) => header.msg_type === "error");
      expect(reply.content).toMatchObject({ status: "error", ename: name });
      expect(error?.content.ename).toBe(name);
      expect(error?.content.evalue).toContain(value);
      expect(String(error?.content.traceback)).toContain(place);
      expect(types(messages).at(-1)).toBe("status");
    },
  );

  it("names the cell in which a failing function was written", async () => {
    const { reply } = await run("function early(): never {\n  throw new Error('deep');\n}");
    const { reply: failed } = await run("\nearly();");
    const traceback = (failed.content.traceback as string[]).join("\n");
    expect(traceback).toContain(`cell[${reply.content.execution_count}]:2`);
    expect(traceback).toContain(`cell[${failed.content.execution_count}]:2`);
  });

  it("goes on after a failure, with what earlier cells declared", async () => {
    await run("let kept = 5;");
    await run("throw new Error('no');");
    expect((await run("kept + 1")).value).toBe("6");
  });

  it("reaches earlier variables by shorthand too, and keeps the columns of complaints", async () => {
    await run("const size = 3;\nlet width = 0;");
    const { value } = await run(
      "const box = { size, at: { width } };\n({ size: width } = box);\nbox.size + width",
    );
    expect(value).toBe("6");
    const { reply } = await run("const both = [{ size, width }, nothing];");
    expect(reply.content.evalue).toBe("1:32 - Cannot find name 'nothing'.");
  });

  it("is interrupted while it computes and while it waits, and tells long work to stop", async () => {
    const computing = await interrupted(run("for (;;) {}"));
    expect(computing.reply.content.ename).toBe("Interrupted");
    const { reply, messages } = await interrupted(
      run(
        `const signal = (globalThis as any)[Symbol.for("weightbook.signal")] as AbortSignal;
         signal.addEventListener("abort", () => console.log("told"));
         await new Promise((resolve) => setTimeout(resolve, 60_000));`,
      ),
    );
    expect(reply.content.ename).toBe("Interrupted");
    expect(text(messages, "stdout")).toBe("told\n");
  });
});

describe("what cells print and start", () => {
  it("names the lines of cells in printed errors, their stacks and traces, without the kernel's own frames", async () => {
    const { reply, messages, value } = await run(
      'const printed = new Error("x");\nconsole.log(printed);\nconsole.trace("here");\nprinted',
    );
    const cell = `cell[${reply.content.execution_count}]`;
    expect(text(messages, "stdout")).toBe(`Error: x\n    at ${cell}:1:17\n`);
    expect(text(messages, "stderr")).toBe(`Trace: here\n    at ${cell}:3:9\n`);
    expect(value).toBe(`Error: x\n    at ${cell}:1:17`);
    expect((await run("printed.stack")).value).toContain(`${cell}:1:17`);
  });

  it("prints promises, timers and nameless functions without the kernel's insides", async () => {
    const { messages, value } = await run(
      "console.log([Promise.resolve(1)], setTimeout(() => 0)); (n: number) => n",
    );
    expect(text(messages, "stdout")).toMatch(/^\[ Promise \{ 1 \} \] Timeout/);
    expect(text(messages, "stdout")).not.toContain("request");
    expect(value).toBe("[Function (anonymous)]");
  });

  it("sends few messages also where stdout and stderr alternate, and loses none of them", async () => {
    const { messages } = await run("for (let i = 0; i < 3000; i++) { console.log(i); console.error(i); }");
    const lines = `${Array.from({ length: 3000 }, (_, i) => i).join("\n")}\n`;
    expect(text(messages, "stdout")).toBe(lines);
    expect(text(messages, "stderr")).toBe(lines);
    expect(messages.length).toBeLessThan(200);
  });

  it("is not confused by a child's words that look like an engine's last ones", async () => {
    const { messages, value } = await run(
      'require("child_process").spawnSync("sh", ["-c", "echo FATAL ERROR: x >&2"], { stdio: "inherit" }).status',
    );
    expect(text(messages, "stderr")).toBe("FATAL ERROR: x\n");
    expect(value).toBe("0");
  });

  it("ends pipelines into process.stdout, and calls back at its end", async () => {
    const { messages } = await run(
      'import { pipeline } from "node:stream/promises"; import { Readable } from "node:stream";\n' +
        'for (let i = 0; i < 15; i++) await pipeline(Readable.from(["a"]), process.stdout);\n' +
        'await new Promise<void>((resolve) => process.stdout.end("b\\n", resolve));',
    );
    expect(text(messages, "stdout")).toBe(`${"a".repeat(15)}b\n`);
    expect(text(messages, "stderr")).toBe("");
  });

  it("keeps the characters of children that print at once whole", async () => {
    const { messages } = await run(
      'const { spawn } = require("child_process");\n' +
        "const write = \"const b = Buffer.from('層層層層層層'); let i = 0; const t = setInterval(() => { if (i < b.length) process.stdout.write(b.subarray(i, ++i)); else clearInterval(t); }, 1);\";\n" +
        'const children = [1, 2].map(() => spawn(process.execPath, ["-e", write], { stdio: "inherit" }));\n' +
        'await Promise.all(children.map((child) => new Promise((resolve) => child.on("close", resolve))));',
    );
    expect(text(messages, "stdout")).toBe("層".repeat(12));
  });

  it("files an error of a worker's end under the cell that started it", async () => {
    await run(
      'import { Worker } from "node:worker_threads";\n' +
        'new Worker("setTimeout(() => process.exit(3), 200)", { eval: true }).on("exit", () => { throw Object.assign(new Error("ended"), { stack: undefined }); });',
    );
    expect((await run('await new Promise((resolve) => setTimeout(resolve, 600)); "unharmed"')).value).toBe(
      "'unharmed'",
    );
  });

  it("runs on while a cell fakes timers", async () => {
    await run('import { mock } from "node:test"; mock.timers.enable();');
    expect((await run("1 + 1")).value).toBe("2");
    await run("mock.timers.reset();");
  });

  it("does not let an interrupt that was obeyed hit the next cell", async () => {
    const first = run("for (;;) {}");
    setTimeout(() => client.interrupt(), 300);
    expect((await first).reply.content.ename).toBe("Interrupted");
    const { value } = await run('await new Promise((resolve) => setTimeout(resolve, 1500)); "spared"');
    expect(value).toBe("'spared'");
  });
});

describe("the package", () => {
  it("is imported by its name from any folder, with its types and without a word on stderr", async () => {
    const { reply, messages } = await run('import * as wb from "weightbook";\nconsole.log(typeof wb);');
    expect(reply.content.status).toBe("ok");
    expect(text(messages, "stdout")).toBe("object\n");
    expect(text(messages, "stderr")).toBe("");
  });

  it("lets the compiler complain about a name that it does not have", async () => {
    const { reply } = await run('import { noSuchName } from "weightbook";\nnoSuchName();');
    expect(reply.content).toMatchObject({ ename: "TypeScriptError" });
    expect(reply.content.evalue).toContain("noSuchName");
  });
});
