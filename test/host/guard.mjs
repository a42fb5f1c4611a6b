// When is a run of the suite inside VS Code green? Exit code 0 is not enough: VS Code reports 0 as well when the
// extension host crashed or somebody called process.exit. The suite's own closing line has to be there too.

const CLOSING_LINE = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m;

/** The counts of the closing line in a piece of output, or undefined. */
export function closingLine(text) {
  const match = CLOSING_LINE.exec(text);
  return match === null ? undefined : { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3]) };
}

/** `{ code, why }`: code is 0 only when VS Code said 0 and the suite said that tests passed and none failed. */
export function verdictOf({ code, why }, summary) {
  if (code !== 0) return { code, why };
  if (summary === undefined)
    return { code: 95, why: "exit 0, but the suite never reported: did the extension host die?" };
  if (summary.failed > 0) return { code: 95, why: `exit 0, but the suite said ${summary.failed} failed` };
  if (summary.passed === 0) return { code: 95, why: "exit 0, but no test ran" };
  return { code: 0, why: undefined };
}
