import type { BenchLine } from "./line.js";
export async function measureMatmul(_withPeer: boolean, _signal: AbortSignal, _onLine: (line: BenchLine) => void): Promise<void> {}
