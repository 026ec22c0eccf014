/** One part of a pattern: any text, or a test of one character. */
type Part = "any text" | ((character: string) => boolean);

/**
 * A pattern of a shell (*, ? and [characters]) that covers the whole text. Matching takes at most the product of both
 * lengths: a regular expression could keep the kernel busy for ever.
 * @returns tells whether a text matches
 */
export function glob(pattern: string): (text: string) => boolean {
  const parts = partsOf(pattern);
  return (text) => {
    let at = 0;
    let part = 0;
    // Where the last "any text" stands, and how far it reaches so far.
    let star = -1;
    let reach = 0;
    while (at < text.length) {
      const now = parts[part];
      if (now === "any text") {
        star = part++;
        reach = at;
      } else if (now?.(text[at])) {
        at++;
        part++;
      } else if (star >= 0) {
        part = star + 1;
        at = ++reach;
      } else return false;
    }
    return parts.slice(part).every((rest) => rest === "any text");
  };
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (const [part, not, characters] of pattern.matchAll(/\*+|\?|\[(!?)(\]?[^\]]*)\]|[\s\S]/g)) {
    if (part.startsWith("*")) parts.push("any text");
    else if (part === "?") parts.push(() => true);
    else if (characters === undefined) parts.push((character) => character === part);
    else parts.push((character) => isAmong(character, characters) !== (not === "!"));
  }
  return parts;
}

/** Whether a character is one of those listed; `a-z` means a range. */
function isAmong(character: string, list: string): boolean {
  for (let i = 0; i < list.length; i++) {
    const last = list[i + 1] === "-" && i + 2 < list.length ? list[i + 2] : undefined;
    if (last === undefined ? character === list[i] : character >= list[i] && character <= last) return true;
    if (last !== undefined) i += 2;
  }
  return false;
}
