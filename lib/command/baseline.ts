import { isUpdownError, UpdownError } from '../errors.ts';
import type { Revision } from '../graph/revision.ts';
import { assertKnown } from '../plan/late.ts';
import { makeFolder, makeId } from '../project/identity.ts';
import { saveRevisions } from '../project/save.ts';
import { loadParser } from '../sql/parser.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { type Adopted, type AdoptOptions, adoptDatabase, adoptDump, isFile } from './adopted.ts';
import { type CommandOptions, type Context, openContext, openDatabase, withSession } from './context.ts';
import { isUnmade } from './read.ts';
import { readState } from './read-state.ts';
import { stamp } from './stamp.ts';
import { refuseReadOnly, standIn } from './standing.ts';

export interface BaselineOptions extends AdoptOptions {
  /** The url of a database, or a file that pg_dump has written; without it, the database that `url` names, or the configuration. */
  readonly source?: string | undefined;
  /** Default `baseline`. */
  readonly message?: string | undefined;
  /** Write it though it does not make all of the schema; what lacks stands in its head. */
  readonly force?: boolean | undefined;
  readonly now?: Date;
}

export interface Baseline extends Omit<Adopted, 'text'> {
  readonly from: 'database' | 'dump';
  readonly revision: Revision;
  readonly files: readonly string[];
  /** The database that it was recorded in; undefined where `url` names none. */
  readonly stamped: string | undefined;
  /** The command that records it in another one. */
  readonly record: string;
  /** The database that a command without `url` works on, where it is another one than the one that was adopted. */
  readonly usual: string | undefined;
}

/** Writes the first revision of a schema that already exists, once a throwaway database has shown that it makes the same. */
export async function baseline(options: BaselineOptions = {}): Promise<Baseline> {
  const context = openContext(options);
  refuseRevisions(context);
  if (options.url !== undefined && !isUnmade(context)) await refuseRecorded(context);
  await loadParser();
  const { source = options.url, force = false } = options;
  const isDump = source !== undefined && isFile(source, options);
  const { text, ...found } = isDump
    ? await adoptDump(source, context, options)
    : await adoptDatabase(source, context, options);
  if (found.lacks.length > 0 && !force) {
    throw new UpdownError('drift', `A baseline would not make all that ${found.shown} has`, {
      hint: 'Nothing was written. Add --force to write it all the same, with a list of what is missing at its head.',
      notes: found.lacks.slice(0, 10),
    });
  }
  const saved = save(context, { text, ...found }, options);
  const stamped =
    options.url === undefined
      ? undefined
      : (await stamp({ ...options, targets: [saved.revision.id], force: found.lacks.length > 0 })).database;
  const compares = options.scratch === undefined ? '' : ' --scratch <url>';
  const record = `updown stamp ${saved.revision.id} --url <url>${compares}`;
  const adopted = options.url ?? (isDump ? undefined : source);
  return {
    ...{ ...found, ...saved, from: isDump ? 'dump' : 'database', stamped, record },
    usual: findUsual(context, adopted, options),
  };
}

/** Undefined where a command without a url is refused, too. */
function findUsual(
  { project: { config } }: Context,
  adopted: string | undefined,
  options: CommandOptions,
): string | undefined {
  if (adopted === undefined) return undefined;
  const describe = (url: string | undefined) => openDatabase(config, 'baseline', { ...options, url }).describe();
  try {
    const usual = describe(undefined);
    return usual === describe(adopted) ? undefined : usual;
  } catch (error) {
    if (isUpdownError(error)) return undefined;
    throw error;
  }
}

function refuseRevisions({ project }: Context): void {
  if (project.graph.nodes.size === 0) return;
  throw new UpdownError('exists', `"${project.shownFolder}" holds revisions already, and a baseline is the first one`, {
    hint: 'Nothing was changed. Where they make what the database has, record them there: updown stamp head',
  });
}

/** What a stamp would refuse whatever is recorded: the files would stand there by then. */
async function refuseRecorded({ project, ...database }: Context): Promise<void> {
  const history = await withSession(database, (session) => readState(session, project, { depth: 'entries' }));
  standIn(project, history);
  assertKnown(project.graph, new Set(history.applied.keys()));
  refuseReadOnly(history, project.config.ledger.schema);
}

function save(
  { project }: Context,
  { text, shown, lacks, leftOut, ledger }: Adopted,
  { message: given = 'baseline', now = new Date() }: BaselineOptions,
): Pick<Baseline, 'revision' | 'files'> {
  const message = sanitizeLine(given);
  const id = makeId();
  const folder = makeFolder(id, message, now);
  const head = [
    `-- ${message}`,
    ...leftOut.map((what) => `-- left out: ${sanitizeLine(what)}`),
    ...(ledger === undefined ? [] : [`-- left out: the ledger, schema ${sanitizeLine(ledger)}`]),
    ...lacks.map((what) => `-- not made: ${sanitizeLine(what)}`),
  ];
  const revision: Revision = { id, parents: [], dependsOn: [], labels: [], folder, message };
  const down = `-- updown: irreversible\n-- ${sanitizeLine(shown)} had this schema before it had revisions.\n`;
  saveRevisions(project, [{ revision, up: `${head.join('\n')}\n${text}`, down }]);
  return { revision, files: ['up', 'down'].map((name) => `${project.shownFolder}/${folder}/${name}.sql`) };
}
