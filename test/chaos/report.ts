import type { Summary } from './run.ts';
import { allKinds, type FaultKind } from './schedule.ts';

export function printProblems({ seed, problems }: Summary): void {
  for (const problem of problems) console.log(`  ✗ seed ${seed}: ${problem}`);
}

export function printTable(summaries: readonly Summary[]): void {
  const kinds = Object.keys(allKinds) as FaultKind[];
  const rows = [
    ['seed', 'result', 'faults', ...kinds, 'attempts', 'ends', 'seconds', 'longest wait'],
    ...summaries.map((summary) => printRow(summary, kinds)),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
}

function printRow(
  { seed, problems, faults, attempts, seconds, longestWait }: Summary,
  kinds: readonly FaultKind[],
): string[] {
  const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
  return [
    String(seed),
    problems.length === 0 ? 'passed' : `${problems.length} FAILED`,
    String(total),
    ...kinds.map((kind) => String(faults.get(kind) ?? 0)),
    String(attempts.length),
    countEnds(attempts),
    seconds.toFixed(0),
    `${longestWait.toFixed(1)} s`,
  ];
}

/** `0×8 1×30 SIGKILL×14`. */
function countEnds(attempts: Summary['attempts']): string {
  const counts = new Map<string, number>();
  for (const { status, signal } of attempts) {
    const end = String(signal ?? status);
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  return [...counts]
    .sort()
    .map(([end, count]) => `${end}×${count}`)
    .join(' ');
}
