import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { StoreError } from "../core/errors.js";
import { writeFileAtomic } from "../core/files.js";
import type { AtlasContent } from "./data/content.js";
import { packAtlas } from "./data/pack.js";
import { atlasHtml } from "./html.js";

/** The page's script; the build makes it of lib/atlas/page. */
const scriptFile = fileURLToPath(new URL("page.js", import.meta.url));

/** What was written. */
export interface WrittenAtlas {
  readonly file: string;
  readonly models: number;
  /** Of the page. */
  readonly bytes: number;
}

/**
 * Writes an atlas as one HTML file that works from disk, offline and without a server; see AtlasContent.
 * @throws DataError "atlas/empty", "atlas/length", "atlas/nan", "atlas/descriptor", SpecError "atlas/column" for content
 *   that does not fit together; StoreError when the file cannot be written
 */
export async function writeAtlas(content: AtlasContent, file: string): Promise<WrittenAtlas> {
  if (!existsSync(scriptFile)) {
    throw new StoreError(
      "atlas/script",
      `the atlas page's script ${scriptFile} is missing; run npm run build`,
    );
  }
  // Level 6 and 9 differ by 2 percent in size and five times in time.
  const data = await promisify(gzip)(packAtlas(content), { level: 6 });
  const html = atlasHtml({
    title: content.title,
    description: content.description ?? `${content.names.length} neural networks by their weights`,
    data: data.toString("base64"),
    script: readFileSync(scriptFile, "utf8"),
  });
  writeFileAtomic(file, html);
  return { file, models: content.names.length, bytes: Buffer.byteLength(html) };
}
