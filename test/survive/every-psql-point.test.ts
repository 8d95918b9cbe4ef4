import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { prepareDowngrade, prepareUpgrade, upgrade } from '../../lib/index.ts';
import { type Database, psql } from '../support/database.ts';
import { needsPsql } from '../support/run.ts';
import { sample } from '../support/sample.ts';
import { print } from '../support/script.ts';
import { atEvery, cutAt } from './point.ts';
import {
  assertJournal,
  type Course,
  enumerate,
  finish,
  ids,
  named,
  type Op,
  picture,
  readEntries,
  type Site,
  withSite,
} from './trip.ts';

const courses: readonly Course[] = [
  { op: 'up', moves: ids, prepare: async () => {}, run: (site, url) => psql(url, ['-f', fileIn(site)]) },
  {
    op: 'down',
    moves: ids.toReversed(),
    prepare: (site, url) => upgrade({ ...site, url }),
    run: (site, url) => psql(url, ['-f', fileIn(site)]),
  },
];

for (const course of courses) {
  needsPsql(
    test,
    `F1: the script of ${course.op}, with psql killed at every message, is finished by a second run`,
    () =>
      withSite(async (site) => {
        await writeFile(fileIn(site), await emit(site, course.op));
        const points = await enumerate(site, course);
        assert.ok(points.length > 250, `${points.length} points`);
        const end = await finish(site, course);
        await atEvery(
          sample(
            points.filter(({ at }) => at === 'message'),
            5,
          ),
          async (point, database) => {
            await course.prepare(site, named(database.url, 'before'));
            let child: ChildProcess | undefined;
            await cutAt(
              database.url,
              point,
              async (url) => void (await psql(url, ['-f', fileIn(site)], { spawned: (started) => (child = started) })),
              () => void child?.kill('SIGKILL'),
            );
            await untilAlone(database);
            const { status, stdout, stderr } = await psql(database.url, ['-f', fileIn(site)]);
            assert.is(status, 0, stderr);
            assert.match(stdout, /^updown: (done|there was nothing to do), the database is at (e1|base)$/m);
            assert.is(await picture(database), end.picture);
            assertJournal(await readEntries(database), course);
          },
        );
      }),
  );
}

function fileIn({ cwd }: Site): string {
  return join(cwd, 'script.sql');
}

async function emit(site: Site, op: Op): Promise<string> {
  return print(
    op === 'up' ? await prepareUpgrade(site) : await prepareDowngrade({ ...site, target: 'base', from: 'e1' }),
  );
}

/** A backend goes on with what it was given though nobody listens any more (F2). */
async function untilAlone({ query }: Database): Promise<void> {
  for (;;) {
    const others = await query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    );
    if (others.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test.run();
