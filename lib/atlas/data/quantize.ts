/**
 * Shares of a window in a byte each. The byte is that of the share's square root, so that rare bins keep their
 * digits: a share p comes back within (sqrt(p) + 1/510) / 255 of itself, half a percent at worst.
 */
export function quantizeShares(shares: Float32Array): Uint8Array {
  return Uint8Array.from(shares, (share) => Math.round(255 * Math.sqrt(Math.min(1, Math.max(0, share)))));
}

/** The share that each byte stands for: [256]. */
export const shareOfByte: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255) ** 2);

/** The shares of quantised bytes. */
export function shares(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => shareOfByte[byte]);
}
