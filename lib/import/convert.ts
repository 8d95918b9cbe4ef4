import { isUpdownError } from '../errors.ts';
import type { Direction, Revision } from '../graph/revision.ts';
import { lex } from '../sql/lexer.ts';
import { placeAt } from '../sql/locate.ts';
import { readSql } from '../sql/read.ts';
import type { SqlSource } from '../sql/source.ts';
import { type Adapted, adapt, attempt, type Note, noteRefused } from './adapt.ts';
import type { Decision, Foreign, ForeignFile, ForeignMigration } from './foreign.ts';
import { chooseId, nameFolder, wordTitle } from './identity.ts';

/** A history as this program keeps it: a chain of revisions, each on the one before. */
export interface Imported {
  readonly revisions: readonly ImportedRevision[];
  readonly decisions: readonly Decision[];
}

export interface ImportedRevision {
  readonly revision: Revision;
  readonly up: string | Uint8Array;
  readonly down: string | Uint8Array;
}

/** The same history gives the same result everywhere. The parser must be loaded. */
export function convert(foreign: Foreign): Imported {
  const taken = new Set<string>();
  const decisions: Decision[] = [];
  const revisions: ImportedRevision[] = [];
  for (const migration of foreign.migrations) {
    const { tool } = foreign;
    const id = chooseId(tool, migration.version, (other) => taken.has(other.toLowerCase()));
    taken.add(id.toLowerCase());
    const parent = revisions.at(-1)?.revision.id;
    const revision = describe(tool, migration, id, parent);
    const up = convertFile(foreign, migration, migration.up, 'up');
    const down = migration.down ? convertFile(foreign, migration, migration.down, 'down') : noWayBack;
    revisions.push({ revision, up: up.text, down: down.text });
    decisions.push(
      ...placeNotes(migration, migration.up, up.notes),
      ...placeNotes(migration, migration.down, down.notes),
    );
  }
  return { revisions, decisions: [...decisions, ...foreign.decisions] };
}

function describe(tool: string, migration: ForeignMigration, id: string, parent: string | undefined): Revision {
  const { version, title, path } = migration;
  return {
    id,
    parents: parent === undefined ? [] : [parent],
    dependsOn: [],
    labels: [],
    folder: nameFolder(version, id, title),
    message: wordTitle(version, title),
    source: { tool, version, path },
  };
}

const noWayBack: Adapted = {
  text: '-- updown: irreversible\n-- The history this was imported from has no way back from here.\n',
  notes: [{ kind: 'no-down', message: 'the history has no way back from here; down.sql refuses to run' }],
};

function convertFile(
  foreign: Foreign,
  migration: ForeignMigration,
  file: ForeignFile,
  direction: Direction,
): Converted {
  const shown = `${foreign.folder.replace(/\/+$/, '')}/${file.path}`;
  const source = attempt(() => readSql(file.bytes, shown));
  if (isUpdownError(source)) return { text: file.bytes, notes: [noteRefused(source)] };
  const { text, notes } = adapt(source, { direction, transactional: migration.transactional });
  return { text, notes: [...notes, ...noteDirectives(source), ...noteLineEnds(file)] };
}

/** What is no text, or has a comment that looks like ours and is not, stays as it is to the byte. */
interface Converted {
  readonly text: string | Uint8Array;
  readonly notes: readonly Note[];
}

function placeNotes(
  { version, path }: ForeignMigration,
  file: ForeignFile | undefined,
  notes: readonly Note[],
): Decision[] {
  return notes.map((note) => ({ version, file: file?.path ?? path, ...note }));
}

function noteDirectives({ directives }: SqlSource): readonly Note[] {
  const { allow, ...others } = directives;
  if (allow.length === 0 && Object.values(others).every((value) => value === false)) return [];
  return [{ kind: 'settings', message: 'its head has comments that this program obeys ("-- updown: …")' }];
}

// F52: the server keeps a carriage return inside quotes, so a function's body differs by it.
function noteLineEnds({ path, bytes }: ForeignFile): readonly Note[] {
  if (!Buffer.from(bytes).includes('\r\n')) return [];
  const text = new TextDecoder().decode(bytes);
  for (const { kind, start, end } of lex(text)) {
    if (kind !== 'string' && kind !== 'dollar' && kind !== 'name') continue;
    if (!text.slice(start, end).includes('\r\n')) continue;
    const { line } = placeAt({ file: path, text }, start);
    return [{ kind: 'line-ends', line, message: 'CRLF inside quotes became LF, as everywhere in the file' }];
  }
  return [];
}
