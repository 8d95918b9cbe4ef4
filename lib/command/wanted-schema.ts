import { basename, dirname, resolve } from 'node:path';
import type { Hint } from '../autogenerate/hint.ts';
import { type Landing, toLanding } from '../autogenerate/landing.ts';
import { takeHints } from '../autogenerate/was.ts';
import { openSession } from '../database/open.ts';
import type { Session } from '../database/session.ts';
import { isUpdownError, UpdownError } from '../errors.ts';
import { applicationName } from '../ledger/name.ts';
import { readMachine } from '../libpq/machine.ts';
import { parseTarget } from '../libpq/parse.ts';
import { redact } from '../libpq/redact.ts';
import type { SchemaConfig } from '../project/config.ts';
import { outputOf, readSchemaCommand } from '../project/schema-command.ts';
import { readSchemaFiles, type SchemaText } from '../project/schema-files.ts';
import type { FileUnderTest } from '../review/file-under-test.ts';
import { readDependencies } from '../schema/dependencies.ts';
import { lists } from '../schema/kind.ts';
import { readSchema } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import { pinSettings } from '../script/settings.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import { quoteIdent, sanitizeLine } from '../sql/quote.ts';
import { readSql } from '../sql/read.ts';
import { applyAll } from '../verify/stairway.ts';
import type { Context } from './context.ts';
import { readSetup, type ScratchChoice } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { makeOnScratch } from './snapshot.ts';

/** What a schema is to be. */
export interface Wanted {
  /** For people. */
  readonly name: string;
  readonly landing: Landing;
  /** The files that make it, in an order that works; none where a database has it. */
  readonly files: readonly FileUnderTest[];
  /** What has to be there before anything of it can be made, as a file that is not run. */
  readonly extensions: readonly FileUnderTest[];
  /** What its comments say of names. */
  readonly hints: readonly Hint[];
  /** Calls with a database that has it. */
  readonly again: <T>(body: (session: Session) => Promise<T>) => Promise<T>;
}

export interface WantedChoice extends ScratchChoice {
  /** A file of SQL or a folder of them, in the place of what `updown.json` says. */
  readonly fromSchema?: string | undefined;
}

export interface Reading {
  readonly cwd?: string | undefined;
  /** Called with its texts before they are run: something else can be made meanwhile. */
  readonly onTexts?: ((files: readonly FileUnderTest[]) => void) | undefined;
}

/** Undefined where nobody says what the schema is to be. */
export async function readWanted(
  context: Context,
  choice: WantedChoice,
  { cwd = '.', onTexts = () => {} }: Reading = {},
): Promise<Wanted | undefined> {
  await loadParser();
  const { fromSchema } = choice;
  if (fromSchema !== undefined) {
    const path = resolve(cwd, fromSchema);
    const texts = readSchemaFiles({ root: dirname(path), shownRoot: '.' }, basename(path));
    return runSources(context, choice, { name: fromSchema, texts, onTexts });
  }
  const { schema } = context.project.config;
  return schema === undefined ? undefined : readConfigured(context, choice, schema, onTexts);
}

async function readConfigured(
  context: Context,
  choice: WantedChoice,
  schema: SchemaConfig,
  onTexts: Sources['onTexts'],
): Promise<Wanted> {
  const { project } = context;
  if ('path' in schema)
    return runSources(context, choice, { name: schema.path, texts: project.readSchema(schema.path), onTexts });
  if ('command' in schema) {
    const { command } = schema;
    const text = await readSchemaCommand(project.root, command);
    return sayingOutput(command, () => runSources(context, choice, { name: command, texts: [text], onTexts }));
  }
  return readDatabase(context, choice, schema.url);
}

/** What it prints is no file that somebody could correct. */
async function sayingOutput(command: string, body: () => Promise<Wanted>): Promise<Wanted> {
  try {
    return await body();
  } catch (error) {
    const isOfIts = isUpdownError(error) && error.place?.file === outputOf(command);
    if (!isOfIts) throw error;
    const { place } = error;
    throw error.with({
      hint: `Line ${place?.line} of what "${sanitizeLine(command)}" prints has the error. Its standard output must be SQL alone: write logs to standard error. Run it by hand in the folder of updown.json, and correct it.`,
    });
  }
}

interface Sources {
  readonly onTexts: NonNullable<Reading['onTexts']>;
  readonly name: string;
  readonly texts: readonly SchemaText[];
}

async function runSources(context: Context, choice: WantedChoice, { name, texts, onTexts }: Sources): Promise<Wanted> {
  const taken = texts.map(({ text, file }) => takeHints(text, file));
  const files = taken.map(
    ({ source }): FileUnderTest => ({
      ...{ op: 'up' as const, id: '', name: source.file, setup: true as const },
      inspected: inspect(source, { direction: 'up' }),
    }),
  );
  const setup = readSetup(context.project);
  onTexts(files);
  const made = await makeOnScratch(context, { inOrder: setup, inAnyOrder: files }, choice, {
    depends: () => true,
  });
  return {
    name: `"${sanitizeLine(name)}"`,
    landing: toLanding(made.schema, made.dependencies, migratorsOf(context, made.user)),
    files: made.order,
    extensions: files,
    again: (body) =>
      openSites(
        context,
        [...setup, ...files],
        choice,
      )(async (site) => {
        await applyAll(site, [...setup, ...made.order]);
        return body(site.scratch.session);
      }),
    hints: taken.flatMap(({ hints }) => hints),
  };
}

/** Throws `other-major` where it can't be compared with what is made there. */
export function refuseOtherMajor({ landing, name }: Wanted, there: number): void {
  const { major } = landing.schema;
  if (there === major) return;
  throw new UpdownError(
    'other-major',
    `${capitalize(name)} is of PostgreSQL ${major}, scratch of PostgreSQL ${there}: each prints views, checks and privileges in its own way`,
    {
      hint: `Name a server of PostgreSQL ${major} for temporary databases: --scratch <url>, or "scratch": "<url>" in updown.json.`,
    },
  );
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Who makes things on scratch: the role of the session, and the one that the files run as. */
export function migratorsOf({ project }: Context, user: string): ReadonlySet<string> {
  const role = pinSettings(project.config).get('role');
  return new Set(role === undefined ? [user] : [user, role]);
}

async function readDatabase(context: Context, { env = process.env }: WantedChoice, url: string): Promise<Wanted> {
  const { project } = context;
  const again: Wanted['again'] = async (body) => {
    const session = await openSession(parseTarget(url, env, readMachine()), {
      applicationName: applicationName(project.manifest.project),
      onNotice: () => {},
    });
    try {
      return await body(session);
    } finally {
      await session.close();
    }
  };
  return again(async (session) => {
    const schema = await readSchema(session, project.config.ledger.schema);
    const dependencies = await readDependencies(session);
    return {
      name: `the database ${sanitizeLine(redact(url))}`,
      landing: toLanding(schema, dependencies, ownersIn(schema)),
      files: [],
      extensions: [namingExtensions(schema)],
      hints: [],
      again,
    };
  });
}

/** Whoever owns something there: which role migrates is not that database's to say. */
function ownersIn(schema: Schema): ReadonlySet<string> {
  const values = Object.keys(lists).flatMap(
    (list) => schema[list as keyof typeof lists] as readonly { readonly owner?: string }[],
  );
  return new Set(values.flatMap(({ owner }) => (owner === undefined ? [] : [owner])));
}

function namingExtensions({ extensions }: Schema): FileUnderTest {
  const text = extensions.map(({ name }) => `CREATE EXTENSION ${quoteIdent(name)};\n`).join('');
  const inspected = inspect(readSql(text, 'extensions'), { direction: 'up' });
  return { op: 'up', id: '', name: 'extensions', inspected, setup: true };
}

/** Throws `config` where nobody says what the schema is to be. */
export function refuseUnsaid(wanted: Wanted | undefined): Wanted {
  if (wanted !== undefined) return wanted;
  throw new UpdownError('config', 'No wanted schema is given', {
    hint: 'Name a file or a folder of SQL that makes all of it: "schema": "schema.sql" in updown.json, or --from-schema schema.sql.',
  });
}
