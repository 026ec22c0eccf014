/**
 * Ascending whole numbers in few words: 0, 2-5, 9.
 * @param separator between the parts; "," is what Slurm's --array reads
 */
export function rangesText(sorted: readonly number[], separator = ", "): string {
  const parts: string[] = [];
  for (let i = 0, end = 1; i < sorted.length; i = end++) {
    while (end < sorted.length && sorted[end] === sorted[end - 1] + 1) end++;
    parts.push(end - i > 1 ? `${sorted[i]}-${sorted[end - 1]}` : `${sorted[i]}`);
  }
  return parts.join(separator);
}
