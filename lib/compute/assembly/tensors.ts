// Kernels that work in place on the memory of tfjs's wasm backend: addresses in bytes, everything else in values. This
// module must have no data segment, which would lie over tensors; constants are literals, or at an address that the
// host gives. Built with plain SIMD and with fused multiply-adds.
export { fill } from "./_tensors-basics";
export { collectEntries, copyColumns, gatherRuns, maxWindows, maxWindowsBack } from "./_tensors-maps";
