/**
 * Half-precision numbers (IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction) as float32, exactly.
 * @param bytes little-endian, two a number
 */
export function decodeFloat16(bytes: Uint8Array): Float32Array {
  return decodeWords(bytes, float16Value);
}

/**
 * bfloat16 numbers (the upper half of a float32) as float32, exactly.
 * @param bytes little-endian, two a number
 */
export function decodeBfloat16(bytes: Uint8Array): Float32Array {
  const words = Uint32Array.from({ length: bytes.length >> 1 }, (_, i) => wordAt(bytes, i) << 16);
  return new Float32Array(words.buffer);
}

function decodeWords(bytes: Uint8Array, value: (word: number) => number): Float32Array {
  return Float32Array.from({ length: bytes.length >> 1 }, (_, i) => value(wordAt(bytes, i)));
}

function wordAt(bytes: Uint8Array, index: number): number {
  return bytes[2 * index] | (bytes[2 * index + 1] << 8);
}

function float16Value(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
