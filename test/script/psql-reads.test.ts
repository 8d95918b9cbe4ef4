import { readFile } from 'node:fs/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Inspected } from '../../lib/sql/source.ts';
import { createRandom } from '../chaos/random.ts';
import { needsPsql } from '../support/run.ts';
import { findMisread, passes } from './psql-reading.ts';
import { makeSoup } from './soup.ts';

const fixture = (name: string) => readFile(new URL(`../fixtures/psql/${name}.sql`, import.meta.url), 'utf8');

/** Each once more for a server alone to judge, and with the line ends of Windows. */
const variants = (text: string) => [text, `-- updown: unparsed\n${text}`, text.replaceAll('\n', '\r\n')];

needsPsql(test, 'psql sends the statements of a file that a run sends, where all of SQL stands in it', async () => {
  const texts = (await Promise.all(['strings', 'bodies', 'signs'].map(fixture))).flatMap(variants);
  const passed = texts.map(passes);
  assert.not(passed.includes(undefined));
  assert.equal(await findMisread(passed as Inspected[]), []);
});

needsPsql(test, 'psql sends the statements that a run sends, of whatever the gate lets pass', async () => {
  const random = createRandom(20_261_130);
  const texts = Array.from({ length: 3_000 }, () => passes(makeSoup(random))).filter((text) => text !== undefined);
  assert.ok(texts.length > 500, `${texts.length}`);
  assert.ok(texts.filter(({ source }) => source.directives.unparsed).length > 100);
  assert.ok(texts.filter(({ source }) => /\batomic\b.*;/is.test(source.text)).length > 10);
  assert.ok(texts.filter(({ variables }) => variables.length > 0).length > 50);
  assert.equal(await findMisread(texts), []);
});

test.run();
