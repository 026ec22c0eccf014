// Prints "N passed, N failed[, N skipped]" from vitest's JSON report; a step that failed before any test ran counts
// as one failure, so that the line never reads like a success.
import { existsSync, readFileSync } from "node:fs";

const [path, status] = process.argv.slice(2);
const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
const passed = report?.numPassedTests ?? 0;
const brokenFiles = (report?.testResults ?? []).filter(
  (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
).length;
let failed = (report?.numFailedTests ?? 0) + brokenFiles;
if (Number(status) !== 0 && failed === 0) failed = 1;
const skipped = report?.numPendingTests ?? 0;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
