// A worker for tests of the pool: does what each job says.
import { BackendError, DataError, WeightbookError } from "#lib/core/errors.js";
import { serveTasks } from "#lib/core/workers.js";

const deeds = {
  square: ({ n }) => n * n,
  data: (_job, { workerData }) => workerData,
  sum: ({ bytes }) => new Uint8Array(bytes).reduce((a, b) => a + b, 0),
  report: ({ n }, { report }) => {
    for (let i = 1; i <= n; i++) report(i);
    return n;
  },
  write: ({ place }, { workerData }) => {
    Atomics.add(new Int32Array(workerData.shared), 0, place);
    return place;
  },
  loop: (_job, { report }) => {
    report("started");
    for (;;) Math.sqrt(2);
  },
  fail: () => {
    throw new RangeError("seven is too many");
  },
  damaged: () => {
    throw new DataError("data/truncated", "the file ends early", { value: "x.bin" });
  },
  backend: () => {
    throw new BackendError("wasm", "its module is damaged", "install anew with npm ci");
  },
  memory: () => {
    throw new WeightbookError("tensors/memory", "the tensors do not fit", { value: 4096 });
  },
  die: () => process.exit(5),
};

serveTasks(async (job, context) => {
  const result = deeds[job.deed](job, context);
  if (job.deed !== "square" || !job.boxed) return { result };
  const box = new Float64Array([result]);
  return { result: box, transfer: [box.buffer] };
});
