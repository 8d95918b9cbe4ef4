import type { Finding, Report } from './finding.ts';

const columns = ['what', 'median', 'ratio', 'target', 'met'] as const;

type Cells = readonly string[];

export function printReport({ title, notes, findings }: Report): string {
  const rows = [columns, ...findings.map(toCells)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  const lines = [rows[0]!, rule, ...rows.slice(1)].map((row) => printRow(row, widths));
  return `\n${title}\n${notes.map((note) => `  ${note}\n`).join('')}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function toCells({ what, unit, median, ratio, target, met }: Finding): Cells {
  return [
    what,
    printAmount(median, unit),
    ratio === undefined ? '' : `${ratio.value.toFixed(2)}x ${ratio.words}`,
    target === undefined ? '' : `<= ${ratio === undefined ? printAmount(target, unit) : `${target}x`}`,
    met === undefined ? '' : met ? 'yes' : 'NO',
  ];
}

function printAmount(value: number, unit: Finding['unit']): string {
  if (unit === 'lines') return value.toFixed(0);
  if (unit === 'MB') return `${value.toFixed(0)} MB`;
  return value < 1000 ? `${value.toFixed(value < 100 ? 1 : 0)} ms` : `${(value / 1000).toFixed(2)} s`;
}

/** The median stands under its last digit's column, the rest reads from the left. */
function printRow(row: Cells, widths: readonly number[]): string {
  return row
    .map((cell, column) => (column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
    .join('  ')
    .trimEnd();
}
