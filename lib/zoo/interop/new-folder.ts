import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StoreError, WeightbookError } from "../../core/errors.js";
import { temporaryName, writeError } from "../../core/files.js";

/**
 * Makes a folder whose files appear all at once: they are written to a folder of a temporary name beside it, which is
 * renamed at the end, or removed when the work fails. What it replaces is moved aside just before and removed just
 * after: wherever that is cut off, the old or the new files are there, if need be under the temporary name (the
 * folder's, with ".tmp" at the end); an error puts the old ones back.
 * @param folder must not be there, or be empty
 * @param work is given the temporary folder
 * @param mayReplace says whether what stands at the place may go once the new folder is whole; no by default
 * @throws StoreError "folder/exists", or as writeFileAtomic; and what `work` throws
 */
export async function inNewFolder<T>(
  folder: string,
  work: (temporary: string) => Promise<T>,
  mayReplace: (place: string) => boolean = () => false,
): Promise<T> {
  const place = resolve(folder);
  const taken = existsSync(place) && readdirSync(place).length > 0;
  if (taken && !mayReplace(place)) {
    throw new StoreError("folder/exists", `${place} is not empty; choose another folder, or remove it`, {
      value: place,
    });
  }
  const temporary = temporaryName(place);
  try {
    mkdirSync(dirname(place), { recursive: true });
    mkdirSync(temporary);
    const result = await work(temporary);
    if (taken) replaceFolder(place, temporary);
    else {
      if (existsSync(place)) rmdirSync(place);
      renameSync(temporary, place);
    }
    return result;
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw cause instanceof WeightbookError ? cause : writeError(place, cause);
  }
}

function replaceFolder(place: string, by: string): void {
  const aside = temporaryName(place);
  renameSync(place, aside);
  try {
    renameSync(by, place);
  } catch (cause) {
    renameSync(aside, place);
    throw cause;
  }
  rmSync(aside, { recursive: true, force: true });
}
