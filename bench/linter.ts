import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge } from '../lib/review/judge.ts';
import type { MeasuredStatement, MeasuredStep } from '../lib/review/measured.ts';
import { measureAside, measureFile, type Place, withBench } from '../test/review/bench.ts';
import { rows, schema } from '../test/review/fixture.ts';
import { bare, statements } from '../test/review/statements.ts';
import { serverUrl } from '../test/support/server.ts';
import { printComparison } from './linter-page.ts';
import { judgeTruth, type Subject } from './linter-truth.ts';
import { runSquawk } from './squawk.ts';

// Writes docs/review-vs-squawk.md: what both say of the statements of the truth test, beside what a server with rows shows.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'updown-linter-')));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const page = fileURLToPath(new URL('../docs/review-vs-squawk.md', import.meta.url));

const server = await measureAll([schema, rows], { url: await serverUrl() });
const scratch = await measureAll([schema], 'in process');
const said = runSquawk(folder, [
  ...statements.map((text) => ({ text, inTransaction: true })),
  ...bare.map(({ text }) => ({ text, inTransaction: false })),
]);
const subjects = [...statements, ...bare.map(({ text }) => text)].map(
  (text, index): Subject => ({
    text,
    truth: judgeTruth(text, server.measured[index] ?? []),
    squawk: said[index] ?? [],
    review: reviewOf(scratch.measured[index] ?? [], index < statements.length),
  }),
);
writeFileSync(page, printComparison(subjects, { server: server.label, scratch: scratch.label }));
process.stdout.write(`${page}\n`);
process.exit(0);

interface Measured {
  readonly label: string;
  readonly measured: readonly (readonly MeasuredStatement[])[];
}

function measureAll(files: readonly string[], place: Place): Promise<Measured> {
  return withBench(files, place, async (open) => {
    const measured: (readonly MeasuredStatement[])[] = [];
    for (const text of statements) measured.push(await measureAside(open, text));
    for (const { text } of bare) measured.push(await measureFile(open, `-- updown: no-transaction\n${text};\n`));
    return { label: open.label, measured };
  });
}

function reviewOf(measured: readonly MeasuredStatement[], transactional: boolean): readonly string[] {
  const step: MeasuredStep = {
    op: 'up',
    id: 'x',
    name: 'x',
    file: 'x/up.sql',
    transactional,
    lockTimeout: '5s',
    allow: [],
    statements: measured,
  };
  const findings = judge({ scratch: '', steps: [step] }, undefined).flatMap((one) => [
    ...one.findings,
    ...one.statements.flatMap((statement) => statement.findings),
  ]);
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}
