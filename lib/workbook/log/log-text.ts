import type { FolderLog, LoggedRun } from "../../analysis/index.js";
import { formatValue } from "../../core/format.js";
import { graphLines } from "./graph-text.js";

/** A folder's log as text: a summary, then the runs of each family and its graph. */
export function logText(folderLog: FolderLog): string {
  const { log, layouts, layoutOfFamily, skipped } = folderLog;
  const lines = [summaryLine(folderLog)];
  for (const { file, reason } of skipped) lines.push(`left out ${file}: ${reason}`);
  for (let family = 0, layout = -1; family < log.families; family++) {
    lines.push("");
    if (layoutOfFamily[family] !== layout) {
      layout = layoutOfFamily[family];
      const { words, parameters, files, foldedTo } = layouts[layout];
      const folded =
        foldedTo === null ? "" : `, folded to ${number(foldedTo)} numbers each to fit into memory`;
      lines.push(`${count(files, "file")} of ${number(parameters)} weights${folded}: ${words}`, "");
    }
    log.runs.forEach((run, index) => {
      if (run.family === family) lines.push(runLine(folderLog, run, index));
    });
    lines.push(...graphLines(folderLog, family));
  }
  return `${lines.join("\n")}\n`;
}

/** What was found, in one line. */
export function summaryLine({ log, files, layouts, skipped }: FolderLog): string {
  const forks = log.runs.filter(({ fork }) => fork !== null).length;
  const copies = log.copies.reduce((sum, rows) => sum + rows.length - 1, 0);
  const parts = [
    `${count(files.length, "file")}: ${count(log.runs.length, "run")}`,
    `${forks === 0 ? "no" : forks} fork${forks === 1 ? "" : "s"}`,
  ];
  if (copies > 0) parts.push(count(copies, "copy", "copies"));
  if (layouts.length > 1) parts.push(`${layouts.length} layouts`);
  if (skipped.length > 0) parts.push(`${skipped.length} left out`);
  return parts.join(", ");
}

/** A run with how sure each part of the answer is. */
function runLine(folderLog: FolderLog, run: LoggedRun, index: number): string {
  const { checkpoints, fork, direction, clearness, separation } = run;
  const words = [`run ${index + 1}: ${count(checkpoints.length, "checkpoint")}`];
  if (fork) words.push(...forkWords(folderLog, fork));
  else if (Number.isFinite(separation)) {
    words.push(`other runs are ${formatValue(separation, 2)} times its longest step away`);
  }
  if (!Number.isNaN(clearness)) words.push(`order clear for ${percent(clearness)} of checkpoints`);
  if (checkpoints.length > 1) words.push(`forwards, ${percent(Math.min(direction, 0.999))} sure`);
  return words.join("; ");
}

function forkWords({ files }: FolderLog, fork: NonNullable<LoggedRun["fork"]>): string[] {
  const { parent, checkpoint, nearness, margin } = fork;
  const words = [
    `left run ${parent + 1} at ${files[checkpoint]}`,
    `${formatValue(nearness, 2)} times nearer than unrelated weights`,
  ];
  if (Number.isFinite(margin)) words.push(`the next checkpoint is ${formatValue(margin, 3)} times as far`);
  return words;
}

function percent(share: number): string {
  return `${formatValue(100 * share, 3)} %`;
}

function count(many: number, one: string, several = `${one}s`): string {
  return `${number(many)} ${many === 1 ? one : several}`;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
