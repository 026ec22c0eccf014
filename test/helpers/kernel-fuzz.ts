import { createHmac } from "node:crypto";
import type { RandomStream } from "#lib/core/random.js";
import { type ConnectionInfo, encode, request } from "#lib/kernel/protocol/wire.js";

type Json = Record<string, unknown>;
type Frames = (string | Buffer)[];

/** Requests as a frontend sends them, without those that would end the kernel or run for long. */
const honest: readonly (readonly [string, Json])[] = [
  ["kernel_info_request", {}],
  ["execute_request", { code: "1 + 1", silent: false, store_history: true, user_expressions: { a: "1" } }],
  ["execute_request", { code: "let broken = (", silent: true, stop_on_error: false }],
  ["is_complete_request", { code: "if (true) {" }],
  ["complete_request", { code: "consol", cursor_pos: 6 }],
  ["inspect_request", { code: "console", cursor_pos: 3, detail_level: 1 }],
  ["history_request", { output: true, raw: true, hist_access_type: "tail", n: 5 }],
  [
    "history_request",
    { output: false, raw: false, hist_access_type: "range", session: 0, start: 0, stop: 9 },
  ],
  ["history_request", { hist_access_type: "search", pattern: "*[a-", unique: true, n: 3 }],
  ["comm_info_request", { target_name: "x" }],
  ["comm_open", { comm_id: "c", target_name: "nobody", data: {} }],
  ["comm_msg", { comm_id: "c", data: {} }],
  ["comm_close", { comm_id: "c", data: {} }],
  ["interrupt_request", {}],
  ["connect_request", {}],
  ["debug_request", { type: "request", command: "attach" }],
  ["input_reply", { value: "x" }],
  ["execute_reply", { status: "ok" }],
  ["no_such_request", {}],
  ["", {}],
];

const absurd: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    0.5,
    1e300,
    -2147483649,
    Number.MAX_SAFE_INTEGER,
    "",
    "__proto__",
    "\u0000",
    "😀\ud800",
  ],
  ...[[], [[[]]], {}, { a: { b: [null] } }, { toString: 1 }, { length: -1 }, "x".repeat(10_000)],
  ...["*".repeat(60), "(a+)+$", "range", "tail", "search", -1e9, "../../etc/passwd"],
];

/** Sources that no compiler should fall over, some of them large. */
const sources: readonly ((rng: RandomStream) => string)[] = [
  () => "(".repeat(500),
  () => "`${".repeat(200),
  () => "\u0000\ufeff\u2028 1",
  () => "// \ud800\udfff",
  () => `/*${"*".repeat(5_000)}`,
  () => `"${"y".repeat(20_000)}";`,
  (rng) => String.fromCharCode(...Array.from({ length: 200 }, () => rng.integer(0xffff))),
];

/** Cells of a megabyte: one comment, one string, one word. */
export const hugeSources: readonly string[] = [
  `// ${"x".repeat(1_000_000)}`,
  `"${"y".repeat(1_000_000)}";`,
  `1; ${" ".repeat(1_000_000)}`,
];

function pick<T>(rng: RandomStream, values: readonly T[]): T {
  return values[rng.integer(values.length)];
}

/** Content with one field dropped, added or replaced by something absurd; or something else altogether. */
function mutated(rng: RandomStream, content: Json): unknown {
  const names = Object.keys(content);
  const field = names.length > 0 ? pick(rng, names) : "code";
  switch (rng.integer(5)) {
    case 0:
      return Object.fromEntries(Object.entries(content).filter(([name]) => name !== field));
    case 1:
      return {
        ...content,
        [pick(rng, ["n", "session", "pattern", "data", "constructor"])]: pick(rng, absurd),
      };
    case 2:
      return pick(rng, absurd);
    case 3:
      return "code" in content ? { ...content, code: pick(rng, sources)(rng) } : content;
    default:
      return { ...content, [field]: pick(rng, absurd) };
  }
}

/** A message whose signature is right, whatever it says. */
function signed(rng: RandomStream, key: string): Frames {
  const [type, content] = pick(rng, honest);
  const message = request(type, "fuzz", content);
  const part = rng.integer(6);
  // Code that runs must end: absurd contents keep the sources above.
  const changed = {
    ...message,
    content: (part < 3 ? mutated(rng, content) : content) as Json,
    ...(part === 3 ? { parent_header: pick(rng, absurd) as Json } : {}),
    ...(part === 4 ? { metadata: pick(rng, absurd) as Json } : {}),
    ...(part === 5 ? { header: mutated(rng, { ...message.header }) as typeof message.header } : {}),
  };
  const frames: Frames = encode(changed, key);
  return rng.integer(10) === 0 ? [...frames, Buffer.alloc(50), ""] : frames;
}

/** Bytes of any kind. */
function garbage(rng: RandomStream): Buffer {
  return Buffer.from(Array.from({ length: rng.integer(120) }, () => rng.integer(256)));
}

/** A request with something in one of its parts that JSON can read but not write again. */
function tooDeep(rng: RandomStream): string[] {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const [type, content] = pick(rng, honest);
  const { header } = request(type, "fuzz", {});
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  const place = rng.integer(4);
  parts[place] = parts[place].replace(/\}$/, `${parts[place] === "{}" ? "" : ","}"deep":${deep}}`);
  return parts;
}

/** One message that a broken or hostile client might send. Never one that asks the kernel to end. */
export function fuzzMessage(rng: RandomStream, { key }: ConnectionInfo): Frames {
  const frames = signed(rng, key);
  switch (rng.integer(13)) {
    case 9:
      return signedParts(key, tooDeep(rng));
    case 0:
      return Array.from({ length: 1 + rng.integer(9) }, () => garbage(rng));
    case 1:
      return frames.slice(0, 1 + rng.integer(frames.length - 1));
    case 2:
      return frames.slice(1);
    case 3:
      return [frames[0], garbage(rng), ...frames.slice(2)];
    case 4:
      return [frames[0], "", ...frames.slice(2)];
    case 5:
      return signedParts(
        key,
        ["{", "[", "nul", '{"a":'].map((text) => `${text}${rng.integer(9)}`),
      );
    case 6:
      return signedParts(key, [garbage(rng), "{}", "{}", garbage(rng)].map(String));
    case 7:
      return signedParts(key, ["null", "0", '"text"', "[]"]);
    case 8:
      return ["", "", "<IDS|MSG>", ...frames];
    default:
      return frames;
  }
}

/** Frames with a right signature over parts that need not be JSON. */
function signedParts(key: string, parts: readonly string[]): Frames {
  const hmac = createHmac("sha256", key);
  for (const part of parts) hmac.update(part);
  return ["<IDS|MSG>", hmac.digest("hex"), ...parts];
}
