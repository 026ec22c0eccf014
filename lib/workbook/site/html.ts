/** Text made safe inside HTML elements and attribute values. */
export { escapeXml as escapeHtml } from "../../core/xml.js";

/** JSON for a `<script type="application/json">` block: no `</script>` can end it early. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** Gives each heading an id of its own, made from its text. */
export class Anchors {
  private readonly used = new Set<string>();

  next(text: string): string {
    const base =
      text
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number}]+/gu, "-")
        .replace(/^-+|-+$/g, "") || "section";
    let id = base;
    for (let i = 2; this.used.has(id); i++) id = `${base}-${i}`;
    this.used.add(id);
    return id;
  }
}
