import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../support/binaries.ts';
import { withDatabase } from '../support/database.ts';
import { installCommand } from '../support/install.ts';
import { findFences, findSession } from '../support/markdown.ts';
import { cleanEnvironment } from '../support/process.ts';
import { withProject } from '../support/project.ts';
import { needsPsql } from '../support/run.ts';
import { type Shell, withShell } from '../support/shell.ts';
import { findDifference, type Ids, putIds } from './compare.ts';
import { type Given, givenFor } from './given.ts';

// Each console block of README.md and docs/: the commands are run as they stand, and print what the page says.

const root = fileURLToPath(new URL('../..', import.meta.url));
const isPage = (name: string) => name.endsWith('.md') && name !== 'README.md';
const names = ['README.md', ...readdirSync(join(root, 'docs')).filter(isPage)];

// For `npm test`'s own sake one page can be asked for: PAGE=ci.md.
for (const name of names.filter((one) => process.env.PAGE === undefined || process.env.PAGE === one)) {
  const text = readFileSync(join(root, name === 'README.md' ? name : `docs/${name}`), 'utf8');
  const blocks = findFences(text).flatMap(({ language, text }) => (language === 'console' ? [text] : []));
  const given = givenFor[name];
  if (Array.isArray(given)) {
    test(`${name}: something is given for each console block`, () => assert.is(given.length, blocks.length));
    for (const [index, block] of blocks.entries())
      needsPsql(test, `${name}, block ${index + 1}: its commands print what it says`, () =>
        runSession([block], given[index]),
      );
  } else if (blocks.length > 0)
    needsPsql(test, `${name}: its commands print what it says`, () => runSession(blocks, given as Given | undefined));
}

async function runSession(blocks: readonly string[], prepare: Given | undefined): Promise<void> {
  await withDatabase(async (database) =>
    withProject({}, async (folder) => {
      const cwd = join(folder, 'shop');
      await mkdir(cwd);
      const path = [await installCommand(folder), dirname(findProgram('psql') ?? ''), process.env.PATH].join(delimiter);
      const env = cleanEnvironment({
        PATH: path,
        LANG: 'C.UTF-8',
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        PRODUCTION: database.url,
      });
      const own = await prepare?.({ cwd, database });
      await withShell({ cwd, env: { ...env, ...own } }, (shell) =>
        follow(blocks.flatMap(findSession), shell, database.url),
      );
    }),
  );
}

type Step = ReturnType<typeof findSession>[number];

/** `postgres://localhost/shop` in a command is the test's own database. */
async function follow(steps: readonly Step[], shell: Shell, url: string): Promise<void> {
  const ids: Ids = new Map();
  for (const [at, { command, output }] of steps.entries()) {
    const answer = await shell.run(putIds(command, ids).replaceAll('postgres://localhost/shop', url));
    const told = `$ ${command}\n${answer.output}[${answer.status}]`;
    const difference = findDifference(output, answer.output, ids);
    assert.is(difference, undefined, `${difference}\n\n${told}`);
    const isTold = /^(error \(|✗ |! |.*ERROR: )/m.test(answer.output) || steps[at + 1]?.command === 'echo $?';
    assert.ok(answer.status === 0 || isTold, `it fails, and the page does not say so\n\n${told}`);
  }
}

test.run();
