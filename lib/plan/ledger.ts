import { createHash } from 'node:crypto';
import { printQuotedWord, quoteIdent, quoteLiteral, quoteWord } from '../sql/quote.ts';

/** Which ledger: its schema in the database, and the project it belongs to. */
export interface LedgerName {
  readonly schema: string;
  readonly project: string;
}

/** The layout of the journal below. A database with a higher number was written by a newer version and is refused (F40). */
export const ledgerFormat = 2;

/** Errors the ledger's own procedures raise: a class of our own, so that a runner can tell them apart. */
export const raised = {
  busy: 'UD001',
  moved: 'UD002',
  wrongProject: 'UD003',
  wrongStart: 'UD004',
  edited: 'UD005',
  readOnly: 'UD006',
  transactionEnded: 'UD007',
  invalidIndex: 'UD008',
  unfinished: 'UD009',
  unsupported: 'UD010',
  blind: 'UD011',
  reading: 'UD012',
  notEmpty: 'UD013',
  hidden: 'UD014',
  unrecorded: 'UD015',
  ledgerChanged: 'UD016',
  foreignSchema: 'UD017',
} as const;

/**
 * SQL of our own means the server's own functions, operators, types and casts, whatever the path of the session is: whoever may create in a
 * schema of that could put others in their place. Behind SET or SET LOCAL.
 */
export const ownPath: string = 'search_path = pg_catalog, pg_temp';
/** In front of a question of our own: a limit that the role or the database sets is for its statements (F34); ours has a deadline. */
export const ownReading: string = `SET LOCAL ${ownPath};\nSET LOCAL statement_timeout = 0;`;

/** Whether a ledger that is there tells of nothing, yet or any more, as a condition: then it says no more of a database than none would. */
export function printSilence(schema: string): string {
  return `NOT EXISTS (SELECT FROM ${quoteIdent(schema)}.journal WHERE event NOT IN ('header', 'fail'))`;
}

/** For whom, from what and how steps run. It is set just before a block, so that the block's own bytes are the same in a run and a script. */
export interface RunSettings {
  readonly channel: 'run' | 'script';
  readonly project: string;
  readonly plan: string;
  readonly tool: string;
  /** What a step runs with, by the server's names; a search path as a list of schemas. Left out where no step is entered. */
  readonly settings?: StepSettings;
  /** The statement to go on at, where a person has looked and says so. */
  readonly resumeAt?: number;
  /** Where the next step belongs, for a script whose reader neither skips nor stops: its `enter` refuses any other place. */
  readonly place?: Place;
}

export type StepSettings = Readonly<Record<string, string | readonly string[]>>;

/**
 * The first step needs a state, by `Start`'s hashes; every other one that this plan's step before it was the last
 * thing done here.
 */
export type Place = { readonly ids: string; readonly contents?: string } | { readonly after: string };

/** The setting that carries them. */
export const settingName: string = 'updown.run';

/** The same on the server, as JSON. */
export const thisRun: string = `nullif(pg_catalog.current_setting('${settingName}', true), '')::jsonb`;

/** The psql variable in which a script is told what a run is told by --resume-at. */
export const resumeVariable = 'updown_resume_at';

export function printRunSettings(settings: RunSettings): string {
  return `${settingName} = ${quoteLiteral(printRunValue(settings))}`;
}

export function printRunValue({ place, ...run }: RunSettings): string {
  return JSON.stringify({ ...run, ...place });
}

/** What pg_stat_activity shows, for runs and scripts alike. */
export function applicationName(project: string): string {
  return `updown ${project}`;
}

/** Two-int advisory key: a product constant, and a hash of the ledger's schema, so that two ledgers never block each other (F27). */
export function lockKeys(schema: string): readonly [number, number] {
  return [0x7570646e, createHash('sha256').update(`${schema}.journal`).digest().readInt32BE(0)];
}

/** Ends whatever row level security, forced or not, hides of a ledger. `s` is its schema, quoted. */
export function printDisabling(s: string): string {
  return ['journal', 'worker'].map((table) => `ALTER TABLE ${s}.${table} DISABLE ROW LEVEL SECURITY;`).join(' ');
}

/** What making the ledger takes: of a schema that is there, the right to use it; else the right to make one. */
export function printMakerRights(schema: string): string {
  const name = quoteLiteral(schema);
  const words = `${quoteLiteral(schemaOption(schema))}, ${printQuotedWord('current_user::text')}`;
  return `    IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = ${name}) THEN
      IF NOT (pg_catalog.has_schema_privilege(${name}, 'USAGE') AND pg_catalog.has_schema_privilege(${name}, 'CREATE')) THEN
        RAISE EXCEPTION 'permission denied for schema %: role "%" may not make the ledger in it', ${name}, current_user
          USING ERRCODE = '42501', HINT = format('Nothing was changed. Have its owner run: GRANT USAGE, CREATE ON SCHEMA %I TO %I; or the script of: updown upgrade --sql --bootstrap%s --grant-to %s', ${name}, current_user, ${words});
      END IF;
${printForeignCheck(schema)}    ELSIF NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') THEN
      RAISE EXCEPTION 'permission denied for database %: role "%" may not make the ledger', pg_catalog.current_database(), current_user
        USING ERRCODE = '42501', HINT = format('Nothing was changed. Have its owner run: GRANT CREATE ON DATABASE %I TO %I; or the script of: updown upgrade --sql --bootstrap%s --grant-to %s', pg_catalog.current_database(), current_user, ${words});
    END IF;
`;
}

/** The way out of any want of a right on the ledger, as SQL: who owns it runs a script. */
export function printBootstrapHint(schema: string): string {
  return `format('Nothing was changed. Have its owner run the script of: updown upgrade --sql --bootstrap%s --grant-to %s', ${quoteLiteral(schemaOption(schema))}, ${printQuotedWord('current_user::text')})`;
}

/**
 * In a schema that is there already, what its owner, this role and superusers have is let be; what any other role has put there could be taken
 * for the ledger's own, as a function of the same name and other types.
 */
function printForeignCheck(schema: string): string {
  const name = quoteLiteral(schema);
  return `      DECLARE
        own CONSTANT oid := (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = ${name});
        stranger record;
      BEGIN
        SELECT found.thing, o.rolname INTO stranger FROM (
          SELECT format('%s "%s"', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE 'table' END, c.relname), c.relowner
            FROM pg_catalog.pg_class c WHERE c.relnamespace = own AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
          UNION ALL SELECT format('function "%s"', p.proname), p.proowner FROM pg_catalog.pg_proc p WHERE p.pronamespace = own
          UNION ALL SELECT format('type "%s"', t.typname), t.typowner FROM pg_catalog.pg_type t WHERE t.typnamespace = own AND t.typtype IN ('d', 'e', 'r')
          UNION ALL SELECT format('operator %s', p.oprname), p.oprowner FROM pg_catalog.pg_operator p WHERE p.oprnamespace = own
        ) AS found(thing, owner) JOIN pg_catalog.pg_roles o ON o.oid = found.owner
         WHERE NOT o.rolsuper AND o.rolname <> current_user AND o.oid <> (SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE n.oid = own)
         ORDER BY 1 LIMIT 1;
        IF FOUND THEN
          RAISE EXCEPTION '${raised.foreignSchema}: schema "%" was there before the ledger, with % of role "%", who does not own it: that could act in the ledger''s place', ${name}, stranger.thing, stranger.rolname
            USING ERRCODE = '${raised.foreignSchema}', HINT = format('Nothing was changed. Name another schema for the ledger ("ledger": { "schema": "..." } in updown.json). Or have that dropped, and run: REVOKE CREATE ON SCHEMA %I FROM %I, PUBLIC;', ${name}, stranger.rolname);
        END IF;
      END;
`;
}

/** What a role that did not make the ledger needs to migrate. */
export function printGrants(schema: string, role: string): string {
  return grantsFor(schema, role === '<role>' ? role : quoteIdent(role)).join(' ');
}

/** The other way to the same rights: who has them runs a script. */
export function sayBootstrap(schema: string, role: string): string {
  return `Or have who may do so run the script of: updown upgrade --sql --bootstrap${schemaOption(schema)} --grant-to ${quoteWord(role)}`;
}

/** Where another schema than the default one is meant, that may have been said on the command line alone. */
export function schemaOption(schema: string): string {
  return schema === 'updown' ? '' : ` --ledger-schema ${quoteWord(schema)}`;
}

export function grantsFor(schema: string, role: string): readonly string[] {
  const s = quoteIdent(schema);
  return [
    `GRANT USAGE ON SCHEMA ${s} TO ${role};`,
    `GRANT SELECT, INSERT ON ${s}.journal, ${s}.worker TO ${role};`,
    `GRANT SELECT ON ${s}.applied, ${s}.unfinished, ${s}.lock_holders TO ${role};`,
  ];
}
