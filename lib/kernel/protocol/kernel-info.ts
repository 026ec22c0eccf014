import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../core/environment.js";

/** Language information, also written into a notebook's metadata. The version is that of tslab's TypeScript. */
export const languageInfo = {
  codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
  file_extension: ".ts",
  mimetype: "text/typescript",
  name: "typescript",
  version: "5.0.4",
};

const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  readonly version: string;
};

/** What the kernel answers to `kernel_info_request`; made without the compiler, so that it can answer at once. */
export const kernelInfo = {
  status: "ok",
  protocol_version: "5.3",
  implementation: "weightbook",
  implementation_version: version,
  language_info: languageInfo,
  banner: `weightbook ${version}: TypeScript ${languageInfo.version} in cells`,
  help_links: [],
};
