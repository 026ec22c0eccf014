/**
 * C = alpha op(A) op(B) + beta C in float32 on addresses (bytes) of the wasm backend's memory, row-major, where op
 * transposes if asked to: op(A) is m x k, op(B) k x n, C m x n. `lda`, `ldb` and `ldc` are the lengths (values) of
 * the stored rows. With beta 0, C is not read. Sizes of 0 are allowed.
 */
export type Gemm = (
  transposeA: boolean,
  transposeB: boolean,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  lda: number,
  b: number,
  ldb: number,
  beta: number,
  c: number,
  ldc: number,
) => void;
