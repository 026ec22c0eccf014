/**
 * Widths of characters in thousandths of the font size, after the usual sans-serif faces (Helvetica, Arial, and
 * somewhat wider ones): a picture is laid out without asking a browser, so it must leave room for each of them.
 */
const narrow = new Set("iljtfrI.,:;'|!()[]/ -".split(""));
const wide = new Set("mwMW%@—".split(""));

/** Approximate width of a line of plain text in pixels. */
export function textWidth(text: string, size: number, bold = false): number {
  let units = 0;
  for (const character of text) {
    if (narrow.has(character)) units += 350;
    else if (wide.has(character)) units += 920;
    else if (character >= "A" && character <= "Z") units += 700;
    else if (character > "ÿ") units += 700;
    else units += 610;
  }
  return (units / 1000) * size * (bold ? 1.12 : 1);
}

/** Breaks text at spaces into lines no wider than `width` pixels (a single long word may be wider). */
export function wrapText(text: string, width: number, size: number, bold = false): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (line && textWidth(longer, size, bold) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line ? [...lines, line] : lines;
}

/** Plain text of a plotly label: tags dropped, entities read. */
export function labelText(label: string): string {
  return label
    .replace(/<\/?(b|i|sub|sup|span)[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Lines of a plotly label as plain text. */
export function labelLines(label: string): string[] {
  return label.split(/<br\s*\/?>/).map(labelText);
}
