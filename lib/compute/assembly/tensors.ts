// Kernels that work in place on the memory of tfjs's wasm backend: addresses in bytes, everything else in values. This
// module must have no data segment, which would lie over tensors; constants are literals, or at an address that the
// host gives. Built with plain SIMD and with fused multiply-adds.
export { adamStep } from "./_tensors-adam";
export { copy, fill } from "./_tensors-basics";
export { geluForward, multiply, reluBackward, reluForward } from "./_tensors-activations";
export { attentionBackward, attentionForward } from "./_tensors-attention";
export { contrast, unitRows, unitRowsBackward } from "./_tensors-contrast";
export { dropout } from "./_tensors-dropout";
export { layerNormBackward, layerNormForward } from "./_tensors-norm";
export { initialise } from "./_tensors-math";
export { addRows, addTo, sumRows } from "./_tensors-bias";
export { softmaxBackward, softmaxForward } from "./_tensors-softmax";
export { sgemm, sgemmScratch } from "./_tensors-gemm";
export { addPatches, addPlanePatches, patchesOf, planePatchesOf } from "./_tensors-patches";
export { depthwiseToFilter, depthwiseToInput } from "./_tensors-depthwise";
export { segmentSum } from "./_tensors-segments";
export { collectEntries, copyColumns, gatherRuns, maxWindows, maxWindowsBack } from "./_tensors-maps";
