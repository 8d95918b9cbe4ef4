import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MeasuredStatement } from '../../lib/review/measured.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { readSql } from '../../lib/sql/read.ts';
import { sample } from '../support/sample.ts';
import { serverUrl } from '../support/server.ts';
import { measureAside, measureFile, type Place, withBench } from './bench.ts';
import { rows, schema } from './fixture.ts';
import { measureRaw, type Raw } from './raw.ts';
import { statements as all, bare, exceptions } from './statements.ts';

const statements = sample(all, 3);

/** Each of the statements on empty scratch in this process: measured once for all that compare with it. */
let inProcess: Promise<readonly (readonly MeasuredStatement[])[]> | undefined;

function measureInProcess(): Promise<readonly (readonly MeasuredStatement[])[]> {
  inProcess ??= measureAll([schema], 'in process');
  return inProcess;
}

function measureAll(files: readonly string[], place: Place): Promise<readonly (readonly MeasuredStatement[])[]> {
  return withBench(files, place, async (scratch) => {
    const all: (readonly MeasuredStatement[])[] = [];
    for (const text of statements) all.push(await measureAside(scratch, text));
    return all;
  });
}

test('on empty scratch in this process, every statement shows the locks, rewrites, builds and scans of a server with rows', async () => {
  const reviewed = await measureInProcess();
  const { major, native } = await withBench(
    [schema, rows, 'ANALYZE;'],
    { url: await serverUrl() },
    async ({ session }) => {
      const all: (readonly Raw[])[] = [];
      for (const text of statements) all.push(await measureRaw(session, split(text)));
      return { major: Number.parseInt(session.parameters.get('server_version') ?? '', 10), native: all };
    },
  );
  const isException = (text: string) =>
    text in exceptions && major < (exceptions[text]?.until ?? Number.POSITIVE_INFINITY);
  assert.ok(all.filter((text) => !isException(text)).length >= 100);
  const expected = statements.filter(isException);
  const differing = statements.filter((_, index) => toText(reviewed[index]!.map(toRaw)) !== toText(native[index]!));
  for (const text of differing.filter((one) => !expected.includes(one))) {
    const index = statements.indexOf(text);
    assert.equal(reviewed[index]!.map(toRaw), native[index]!, text);
  }
  // What no longer differs is no exception any more.
  assert.equal(differing, expected);
});

test('the catalogs show the same changes in this process and on a server with rows', async () => {
  const facts = (all: readonly (readonly MeasuredStatement[])[]) =>
    all.map((one) => one.map(({ changes, unproven, error }) => ({ changes, unproven, error: error?.code })));
  const reviewed = facts(await measureInProcess());
  const native = facts(await measureAll([schema, rows], { url: await serverUrl() }));
  for (const [index, text] of statements.entries()) {
    if (text !== 'ALTER TABLE parent ADD COLUMN z integer NOT NULL') assert.equal(reviewed[index], native[index], text);
  }
});

test('statements outside a transaction: the same files and changes, and the locks that the manual states', async () => {
  const measureBare = (files: readonly string[], place: Place) =>
    withBench(files, place, async (scratch) => {
      const all: (readonly MeasuredStatement[])[] = [];
      for (const { text } of bare) all.push(await measureFile(scratch, `-- updown: no-transaction\n${text};\n`));
      return all.map((one) => one.at(-1)!);
    });
  const reviewed = await measureBare([schema], 'in process');
  const native = await measureBare([schema, rows], { url: await serverUrl() });
  for (const [index, { text, locks }] of bare.entries()) {
    const [here, there] = [reviewed[index]!, native[index]!];
    const show = (one: MeasuredStatement) => one.locks.map(({ relation, mode }) => `${relation} ${mode}`);
    assert.equal(here.error, undefined, text);
    assert.equal(show(here), locks, text);
    assert.equal(
      locks.filter((lock) => !show(there).includes(lock)),
      [],
      `on a server: ${text}`,
    );
    for (const key of ['rewrites', 'changes', 'unproven'] as const)
      assert.equal(here[key], there[key], `${text}: ${key}`);
    assert.equal(
      here.builds.map(({ index: name }) => name),
      there.builds.map(({ index: name }) => name),
      text,
    );
  }
});

function toRaw({ locks, rewrites, builds, scans, error }: MeasuredStatement): Raw {
  const modes = (mode: string) =>
    `${mode.toLowerCase().replace(/(?:^| )(\w)/g, (_, first) => first.toUpperCase())}Lock`;
  return {
    locks: locks.map(({ relation, mode }) => `${relation} ${modes(mode)}`).sort(),
    rewrites: [...rewrites],
    builds: builds.map(({ index }) => index),
    scans: [...scans],
    ...(error !== undefined && { error: error.message }),
  };
}

function toText(measured: readonly Raw[]): string {
  return JSON.stringify(measured);
}

function split(text: string): readonly string[] {
  return inspect(readSql(text, 'x'), { direction: 'up' }).statements.map((statement) => statement.text);
}

test.run();
