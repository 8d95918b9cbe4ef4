import { readLedgerState } from '../database/ledger-state.ts';
import type { Session } from '../database/session.ts';
import { withoutIgnored } from '../drift/ignore.ts';
import { printStructure } from '../drift/print-structure.ts';
import { planStructure, type StructureInput } from '../drift/structure.ts';
import { isUpdownError } from '../errors.ts';
import { readDependencies } from '../schema/dependencies.ts';
import { readSchema } from '../schema/read.ts';
import type { Schema } from '../schema/schema.ts';
import { type Context, withSession } from './context.ts';
import { migratorsOf } from './migrators.ts';

/** A database's schema, and what it takes to write the SQL that makes it. What its migrators own is to belong to whoever runs that. */
export async function readMade(session: Session, ledger: string): Promise<StructureInput> {
  const owners = migratorsOf(await readLedgerState(session, ledger, { depth: 'entries' }));
  const schema = await readSchema(session, ledger);
  return { schema, dependencies: await readDependencies(session), owners };
}

/**
 * Where the configuration names a file for it, keeps the schema of a development database there. Returns the file as people know it, where
 * that has changed. What was run stands, whatever becomes of the file: that it can't be written is a warning.
 */
export async function keepStructure(context: Context): Promise<string | undefined> {
  const { project, emit } = context;
  const { config } = project;
  if (config.structure === undefined || !context.isDevelopment()) return undefined;
  const made = await withSession(context, (session) => readMade(session, config.ledger.schema));
  const schema = withoutChance(withoutIgnored(made.schema, config.ignore));
  try {
    return project.saveStructure(printStructure(planStructure({ ...made, schema })));
  } catch (error) {
    if (!isUpdownError(error)) throw error;
    emit({ kind: 'warning', message: `${error.message}. ${error.hint}` });
    return undefined;
  }
}

/** Whether a materialized view is filled is not the same on every machine. */
function withoutChance(schema: Schema): Schema {
  return { ...schema, materializedViews: schema.materializedViews.map((view) => ({ ...view, populated: true })) };
}
