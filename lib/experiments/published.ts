import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../core/environment.js";
import { DataError, SpecError } from "../core/errors.js";
import type { ResultTable } from "../core/tables.js";

/** A table as a paper printed it. */
export interface PublishedTable extends ResultTable {
  /** Which table of which version, e.g. "Table 2 (2020 version)". */
  readonly paperTable: string;
  /** The paper. */
  readonly source: string;
}

interface PublishedFile {
  readonly source: string;
  readonly tables?: readonly (ResultTable & { readonly paperTable: string })[];
}

/**
 * A published table by its id, from `data/published`.
 * @throws SpecError naming the known ids; DataError when the project's data folder cannot be read
 */
export function publishedTable(id: string): PublishedTable {
  const tables = publishedTables();
  const found = tables.find((table) => table.id === id);
  if (found) return found;
  const known = tables.map((table) => table.id).join(", ");
  throw new SpecError("published/unknown", `there is no published table "${id}"; choose ${known}`, {
    value: id,
  });
}

function publishedTables(): PublishedTable[] {
  const folder = join(projectRoot, "data", "published");
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => {
        const { source, tables = [] } = JSON.parse(readFileSync(join(folder, file), "utf8")) as PublishedFile;
        return tables.map((table) => ({ ...table, source }));
      });
  } catch (cause) {
    throw new DataError(
      "published/missing",
      `cannot read the published tables in ${folder}; install weightbook again`,
      {
        value: folder,
        cause,
      },
    );
  }
}
