import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Work } from './revisions.ts';

/** Writes the same SQL in the files one tool wants; returns the folder. */
export type WriteProject = (folder: string, work: readonly Work[]) => string;

export const writeUpdown: WriteProject = (folder, work) => {
  const root = makeFolder(folder, 'migrations');
  const lines = [JSON.stringify({ updown: 1, project: 'bench-5cd038' })];
  let parents: readonly string[] = [];
  for (const { time, name, up, down } of work) {
    const id = idOf(name);
    const revision = `${time.slice(0, 8)}_${time.slice(8, 12)}_${id}_${name}`;
    lines.push(JSON.stringify({ id, parents, folder: revision, message: name.replaceAll('_', ' ') }));
    mkdirSync(join(root, revision));
    writeFileSync(join(root, revision, 'up.sql'), up);
    writeFileSync(join(root, revision, 'down.sql'), down);
    parents = [id];
  }
  writeFileSync(join(root, 'manifest.jsonl'), `${lines.join('\n')}\n`);
  return root;
};

export const writeDbmate: WriteProject = (folder, work) => {
  const root = makeFolder(folder, 'dbmate');
  for (const { time, name, up, down } of work) {
    writeFileSync(join(root, `${time}_${name}.sql`), `-- migrate:up\n${up}\n-- migrate:down\n${down}`);
  }
  return root;
};

export const writeNodePgMigrate: WriteProject = (folder, work) => {
  const root = makeFolder(folder, 'node-pg-migrate');
  for (const { time, name, up, down } of work) {
    writeFileSync(join(root, `${time}000_${name}.sql`), `-- Up Migration\n${up}\n-- Down Migration\n${down}`);
  }
  return root;
};

/** 12 hex digits that begin with a letter, as `updown revision` makes them, but the same in every run. */
export function idOf(name: string): string {
  return `a${createHash('sha256').update(name).digest('hex').slice(0, 11)}`;
}

function makeFolder(folder: string, name: string): string {
  const root = join(folder, name);
  mkdirSync(root);
  return root;
}
