import { parseTarget } from '../../lib/libpq/parse.ts';
import type { FileUnderTest } from '../../lib/review/file-under-test.ts';
import { measure } from '../../lib/review/measure.ts';
import type { MeasuredStatement, MeasuredStep } from '../../lib/review/measured.ts';
import { type Scratch, withScratch } from '../../lib/review/scratch.ts';
import { pinSettings } from '../../lib/script/settings.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';
import { newestUrl } from '../support/newest.ts';

const pins = pinSettings({ settings: {}, lockTimeout: undefined, statementTimeout: undefined });

export function toPiece(id: string, text: string): FileUnderTest {
  return { op: 'up', id, name: id, inspected: inspect(readSql(text, `${id}/up.sql`), { direction: 'up' }) };
}

/** Where a bench is: in this process, on a server of the same major version, or on that of this address. */
export type Place = 'in process' | 'newest' | { readonly url: string };

/** A scratch that stands at these files. */
export async function withBench<T>(
  files: readonly string[],
  place: Place,
  body: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  await loadParser();
  const target =
    place === 'in process' ? undefined : parseTarget(place === 'newest' ? await newestUrl() : place.url, {});
  return withScratch({ target, extensions: [], applicationName: 'test', signal: undefined }, async (scratch) => {
    const { missing } = await run(
      scratch,
      files.map((text, index) => toPiece(`h${index}`, text)),
      [],
    );
    const [first] = missing;
    if (first !== undefined) throw new Error(`the bench's own schema fails: ${first.message}`);
    return body(scratch);
  });
}

export async function measureFile(scratch: Scratch, text: string): Promise<readonly MeasuredStatement[]> {
  const { steps } = await run(scratch, [], [toPiece('x', text)]);
  return steps[0]!.statements;
}

/** With what its commit would change for others; and taken back. */
export async function measureStepAside(scratch: Scratch, text: string): Promise<MeasuredStep> {
  const { steps } = await run(aside(scratch), [], [toPiece('x', text)], true);
  return steps[0]!;
}

/** The same, and taken back: what ends the step's transaction rolls it back instead. */
export function measureAside(scratch: Scratch, text: string): Promise<readonly MeasuredStatement[]> {
  return measureFile(aside(scratch), text);
}

function aside(scratch: Scratch): Scratch {
  const { session } = scratch;
  const ends = (message: string) => message.includes('UNLISTEN *');
  const forgets = (message: string) => message.includes('DEALLOCATE ALL');
  const send = (message: string) =>
    session.send(ends(message) ? `ROLLBACK${forgets(message) ? '; DEALLOCATE ALL' : ''}` : message);
  return { ...scratch, session: { ...session, send } };
}

function run(scratch: Scratch, history: readonly FileUnderTest[], plan: readonly FileUnderTest[], surveyed = false) {
  return measure(scratch, { history, plan, pins, emit: () => {}, signal: undefined, surveyed });
}
