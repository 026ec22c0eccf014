// Kernels that work in place on the memory of tfjs's wasm backend: addresses in bytes, everything else in values. This
// module must have no data segment, which would lie over tensors; constants are literals, or at an address that the
// host gives. Built with plain SIMD and with fused multiply-adds.
export { fill } from "./_tensors-basics";
export { sgemm, sgemmScratch } from "./_tensors-gemm";
export { addPatches, addPlanePatches, patchesOf, planePatchesOf } from "./_tensors-patches";
export { depthwiseToFilter, depthwiseToInput } from "./_tensors-depthwise";
export { repeatRow, segmentSum } from "./_tensors-rows";
