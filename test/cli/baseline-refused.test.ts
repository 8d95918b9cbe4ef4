import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { updown } from '../support/cli.ts';
import { runProcess } from '../support/process.ts';
import { withProject, writeProject } from '../support/project.ts';
import { serverUrl } from '../support/server.ts';

const dump = '--\n-- PostgreSQL database dump\n--\n\nSET row_security = off;\n';

test('a dump without a schema, of a server, of MySQL, or compressed is refused, with what to do', () =>
  withProject({}, async (cwd) => {
    await writeProject(cwd, []);
    for (const [name, content, message, next] of [
      [
        'data.sql',
        `${dump}COPY public.t (a) FROM stdin;\n1\n\\.\n\n`,
        'has no statement that creates something',
        'pg_dump --schema-only -f',
      ],
      ['none.sql', dump, 'has no statement that creates something', 'pg_dump --schema-only -f'],
      [
        'globals.sql',
        '--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE a;\n',
        'is one of a whole server',
        'Dump one database',
      ],
      [
        'my.sql',
        '-- MySQL dump 10.13\nCREATE TABLE `t` (`id` int);\n',
        'is a dump of MySQL',
        'name the url of that database',
      ],
      [
        's.sql.gz',
        gzipSync(`${dump}CREATE TABLE t ();\n`),
        'is a compressed file, not SQL',
        "Convert it to SQL: gzip -dc 's.sql.gz' > 's-unpacked.sql'",
      ],
    ] as const) {
      await writeFile(join(cwd, name), content);
      for (const words of [
        ['baseline', name],
        ['init', '--from', name, '--dir', 'other'],
      ]) {
        const { status, stderr } = await updown(words, { cwd });
        const text = stderr.replaceAll(/\s+/g, ' ');
        assert.is(status, 2, text);
        assert.match(text, message);
        assert.match(text, next);
      }
    }
    assert.is((await runProcess('sh', ['-c', "gzip -dc 's.sql.gz' > 's-unpacked.sql'"], { cwd })).status, 0);
    assert.is((await updown(['baseline', 's-unpacked.sql', '--scratch', await serverUrl()], { cwd })).status, 0);
  }));

test.run();
