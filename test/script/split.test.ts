import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareDowngrade, prepareStamp, prepareUpgrade, type Script, upgrade } from '../../lib/index.ts';
import { renderSplit } from '../../lib/script/split.ts';
import { readVersion } from '../../lib/version.ts';
import { withWorld } from '../cli/vocabulary.ts';
import { withDatabase } from '../support/database.ts';
import type { TestRevision } from '../support/project.ts';
import { needsPgDump, needsPsql } from '../support/run.ts';
import { dumpAll, lastLine, readEvents, readJournal, runScript } from '../support/script.ts';
import { everything, withSite } from './site.ts';

const revisions: readonly TestRevision[] = [
  { id: 'a1' },
  {
    id: 'b1',
    up: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY i ON t_a1 (id);',
    down: '-- updown: no-transaction\nDROP INDEX CONCURRENTLY i;',
  },
  { id: 'c1', parents: ['a1'] },
  { id: 'd1', parents: ['b1', 'c1'] },
];

interface File {
  readonly name: string;
  readonly text: string;
}

function files(script: Script): readonly File[] {
  return renderSplit(script, { tool: readVersion() })
    .filter(({ name }) => name.endsWith('.sql'))
    .map(({ name, pieces }) => ({ name, text: [...pieces].join('') }));
}

needsPgDump(test, '--split: the files one after another end as a run does, and each run again does nothing', () =>
  withSite(revisions, async (site, database) => {
    await withDatabase(async (other) => {
      const there = { ...site, url: other.url };
      await upgrade(there);
      const up = files(await prepareUpgrade(site));
      assert.equal(
        up.map(({ name }) => name),
        ['01_up_a1.sql', '02_up_b1.sql', '03_up_c1.sql', '04_up_d1.sql'],
      );
      for (const { name, text } of up) {
        const outcome = await runScript(site.url, text);
        assert.match(lastLine(outcome), /^updown: done, the database is at/, name + outcome.stderr);
        assert.match(lastLine(await runScript(site.url, text)), /^updown: there was nothing to do/, name);
      }
      assert.is(await dumpAll(database), await dumpAll(other));
      assert.equal(await readJournal(database), await readJournal(other));
      for (const { text } of up) assert.match(lastLine(await runScript(site.url, text)), /nothing to do/, 'later, too');
      for (const { name, text } of files(await prepareDowngrade({ ...site, from: 'd1', target: 'a1' })))
        assert.is((await runScript(site.url, text)).status, 0, name);
      const [stamp] = files(await prepareStamp({ ...site, from: 'a1', targets: ['d1'] }));
      assert.is(lastLine(await runScript(site.url, stamp!.text)), 'updown: done, the database is at d1');
    });
  }),
);

needsPsql(test, '--split: a file before its turn is refused and changes nothing, though its parents are there', () =>
  withSite(revisions, async (site, database) => {
    const all = files(await prepareUpgrade(site));
    for (const [index, { text }] of all.entries()) {
      for (const late of all.slice(index + 1)) {
        const before = await everything(database);
        const outcome = await runScript(site.url, late.text);
        assert.is(outcome.status, 3, late.name);
        assert.match(outcome.stderr, /this file is step \d of 4, and only \d of those before it are done/);
        assert.equal(await everything(database), before, late.name);
      }
      assert.is((await runScript(site.url, text)).status, 0);
    }
    assert.match(await readEvents(database), /up d1$/);
  }),
);

needsPsql(test, '--split: a failed file stops alone and goes on when it is run again', () =>
  withSite([{ id: 'a1' }, { id: 'b1', up: 'SELECT 1 / count(*) FROM gate;' }, { id: 'c1' }], async (site, database) => {
    await database.query('CREATE TABLE gate (id int)');
    const [a, b, c] = files(await prepareUpgrade({ ...site, allowExisting: true })).map(({ text }) => text);
    assert.is((await runScript(site.url, a!)).status, 0);
    assert.is((await runScript(site.url, b!)).status, 3);
    assert.is((await runScript(site.url, c!)).status, 3);
    await database.query('INSERT INTO gate VALUES (1)');
    for (const text of [b!, c!]) assert.is((await runScript(site.url, text)).status, 0);
    assert.is(await readEvents(database), 'up a1, up b1, up c1');
  }),
);

test('--split and --flavor plain write a folder with a README, whole or not at all, and never over anything', () =>
  withWorld(revisions, async (world) => {
    const { readdir, mkdir } = await import('node:fs/promises');
    for (const form of ['--split', '--flavor plain']) {
      const out = form.replace(/\W/g, '');
      const { stdout } = await world.does(`upgrade --sql ${form} --output ${out}/`);
      assert.match(stdout, /\d files, 4 steps, digest [0-9a-f]{64}\n/);
      const names = await readdir(`${world.folder}/${out}`);
      const readme = await world.read(`${out}/README.md`);
      for (const name of names) assert.ok(name === 'README.md' || readme.includes(`\`${name}\``), name);
      const asked = await world.run(`script verify ${out}`, { env: { DATABASE_URL: undefined } });
      assert.is(asked.status, 0, asked.stdout + asked.stderr);
      await world.refuses(`upgrade --sql ${form} --output ${out}`, { code: 'exists', exit: 2, names: out });
      await mkdir(`${world.folder}/empty-${out}`);
      await world.refuses(`upgrade --sql ${form} --output empty-${out}`, { code: 'exists', exit: 2 });
      await world.refuses(`upgrade --sql ${form} --output no/such/${out}`, { code: 'unwritable', exit: 2 });
    }
    await world.refuses('upgrade --sql --flavor plain', {
      code: 'usage',
      exit: 2,
      names: '"b1"',
      hint: '--output <folder>',
    });
    await world.does('upgrade --sql --output s.sql');
    await world.refuses('upgrade --sql --output s.sql', { code: 'exists', exit: 2 });
    assert.equal(
      (await readdir(world.folder)).filter((name) => name.includes('.part')),
      [],
    );
  }));

test.run();
