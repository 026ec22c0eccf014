import type { FolderLog } from "../../analysis/index.js";

/** A run that left another, at the place of the checkpoint that it left. */
interface Branches {
  readonly [place: number]: readonly number[] | undefined;
}

/**
 * The graph of one family as lines, newest on top, as `git log --graph` draws it: a line a checkpoint, beside it its
 * file; a branch stands above the checkpoint that it left.
 */
export function graphLines(folderLog: FolderLog, family: number): string[] {
  const { runs } = folderLog.log;
  const first = runs.findIndex((run) => run.family === family);
  return runLines(folderLog, first);
}

function runLines(folderLog: FolderLog, index: number): string[] {
  const { checkpoints } = folderLog.log.runs[index];
  const branches = branchesOf(folderLog, index);
  const lines: string[] = [];
  for (let place = checkpoints.length - 1; place >= 0; place--) {
    // The run's own line goes on beside its branches, but above its newest checkpoint there is none.
    const own = place < checkpoints.length - 1 ? "|" : " ";
    for (const branch of branches[place] ?? []) {
      lines.push(...runLines(folderLog, branch).map((line) => `${own} ${line}`), `${own}/`);
    }
    lines.push(`* ${checkpointWords(folderLog, index, place)}`);
  }
  return lines;
}

function branchesOf({ log }: FolderLog, index: number): Branches {
  const { checkpoints } = log.runs[index];
  const found: Record<number, number[]> = {};
  log.runs.forEach(({ fork }, branch) => {
    if (fork?.parent !== index) return;
    const place = checkpoints.indexOf(fork.checkpoint);
    found[place] = [...(found[place] ?? []), branch];
  });
  return found;
}

/** File, the run's number at its newest, and files with the same weights. */
function checkpointWords({ log, files }: FolderLog, index: number, place: number): string {
  const { checkpoints } = log.runs[index];
  const row = checkpoints[place];
  const copies = log.copies.find(([first]) => first === row);
  const words = [files[row]];
  if (place === checkpoints.length - 1) words.push(`(run ${index + 1})`);
  if (copies) words.push(`= ${Array.from(copies.subarray(1), (copy) => files[copy]).join(", ")}`);
  return words.join("  ");
}
