import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Answer, runHere } from '../support/console.ts';
import { type Database, withDatabase } from '../support/database.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';

/** A project, a database, and somebody who does what is said, word by word. */
export interface Desk {
  readonly database: Database;
  readonly folder: string;
  readonly run: (command: string) => Promise<Answer>;
  /** It must end with 0. */
  readonly does: (command: string) => Promise<Answer>;
  /** It must fail with this code; the hint. */
  readonly fails: (command: string, code: string) => Promise<string>;
  /** What `status` says behind "next:". */
  readonly next: () => Promise<string>;
  /** The command in a hint, run as it is written; then whether it ended with 0. */
  readonly obeys: (hint: string, nth?: number) => Promise<Answer>;
  /** The SQL in a hint, run as it is written. */
  readonly runsSql: (hint: string) => Promise<void>;
  readonly write: (id: string, text: string, file?: 'up' | 'down') => Promise<void>;
  readonly writeBytes: (id: string, bytes: string | Buffer, file?: 'up' | 'down') => Promise<void>;
  readonly read: (id: string, file?: 'up' | 'down') => Promise<string>;
  /** The project's files anew. */
  readonly rewrite: (revisions: readonly TestRevision[]) => Promise<void>;
  readonly put: (path: string, text: string) => Promise<void>;
  readonly heads: () => Promise<string>;
  readonly journal: () => Promise<string>;
}

export function withDesk(revisions: readonly TestRevision[], body: (desk: Desk) => Promise<void>): Promise<void> {
  return withProject({}, async (folder) => {
    let folders = await writeProject(folder, revisions);
    await withDatabase(async (database) => {
      const path = (id: string, file: 'up' | 'down' = 'up') =>
        join(folder, 'migrations', folders.get(id)!, `${file}.sql`);
      const run = (command: string) => runHere(wordsOf(command), { cwd: folder, env: { DATABASE_URL: database.url } });
      const does: Desk['does'] = async (command) => {
        const answer = await run(command);
        assert.is(answer.status, 0, `updown ${command}\n${answer.stdout}${answer.stderr}`);
        return answer;
      };
      await body({
        database,
        folder,
        run,
        does,
        fails: async (command, code) => {
          const { stdout, stderr, status } = await run(`${command} --json`);
          const { error } = JSON.parse(stdout || '{}');
          assert.is(error?.code, code, `updown ${command} ends with ${status}\n${stdout}${stderr}`);
          assert.type(error.hint, 'string', `${command} says no next step`);
          return error.hint;
        },
        next: async () => {
          const { stdout } = await run('status');
          return /^next: (.*)$/m.exec(stdout)?.[1] ?? assert.unreachable(`status says no next step:\n${stdout}`) ?? '';
        },
        obeys: (hint, nth = 0) => {
          const commands = commandsIn(hint);
          assert.ok(commands[nth], `command ${nth + 1} is in: ${hint}`);
          return does(commands[nth] as string);
        },
        runsSql: async (hint) => {
          const found = sqlIn(hint);
          assert.ok(found.length > 0, `there is SQL in: ${hint}`);
          for (const sql of found) await database.query(sql);
        },
        write: (id, text, file) => writeFile(path(id, file), text),
        writeBytes: (id, bytes, file) => writeFile(path(id, file), bytes),
        read: (id, file) => readFile(path(id, file), 'utf8'),
        rewrite: async (changed) => {
          await rm(join(folder, 'migrations'), { recursive: true });
          folders = await writeProject(folder, changed);
        },
        put: async (name, text) => {
          await mkdir(dirname(join(folder, name)), { recursive: true });
          await writeFile(join(folder, name), text);
        },
        heads: async () => String((await database.query('SELECT updown.heads() AS heads'))[0]?.heads),
        journal: async () => {
          const rows = await database.query(
            "SELECT concat_ws(' ', event, revision) AS entry FROM updown.journal WHERE event <> 'header' ORDER BY seq",
          );
          return rows.map(({ entry }) => entry).join(', ');
        },
      });
    });
  });
}

/** Each `updown …` in it, up to the end of its sentence, as somebody would copy it. */
export function commandsIn(hint: string): readonly string[] {
  return hint
    .split(/\bupdown (?=[a-z])/)
    .slice(1)
    .map((rest) => {
      const [line = ''] = rest.split(/`| \(/);
      const words = line.trim().split(/\s+/);
      const last = words.findIndex((word) => /[.,;:)]$/.test(word));
      const kept = last === -1 ? words : words.slice(0, last + 1);
      return kept.join(' ').replace(/[.,;:)]+$/, '');
    });
}

function sqlIn(hint: string): readonly string[] {
  return hint.match(/\b(SELECT|DROP|ALTER|GRANT|CREATE|REVOKE) [^;]*;/g) ?? [];
}

function wordsOf(command: string): readonly string[] {
  return (command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/s, '$2'));
}
