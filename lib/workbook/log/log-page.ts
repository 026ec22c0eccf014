import type { FolderLog } from "../../analysis/index.js";
import { escapeXml } from "../../core/xml.js";
import { logText, summaryLine } from "./log-text.js";

/** A page with the picture and the text, which needs no other file and no script. */
export function logPage(folderLog: FolderLog, svg: string): string {
  const title = escapeXml(`${folderLog.folder}: ${summaryLine(folderLog)}`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
${svg}
<pre>${escapeXml(logText(folderLog))}</pre>
</body>
</html>
`;
}
