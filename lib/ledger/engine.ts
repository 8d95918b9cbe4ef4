import { quoteLiteral, textArray } from '../sql/quote.ts';

/** What an extension makes of a server, where a step has to be run or looked at in another way for it. */
export interface Engine {
  readonly name: 'PostgreSQL' | 'Citus' | 'TimescaleDB';
  /** Whether the commands of a transaction travel as one message, or one by one within the same transaction. */
  readonly sends: 'message' | 'statements';
  /** Settings that a step needs beside its own, for as long as its transaction. A file can set another value. */
  readonly settings: Readonly<Record<string, string>>;
  /** SQL for all that a relation takes on disk, by the name of a column that holds its oid. */
  readonly printSize: (oid: string) => string;
  /** Asks, as a boolean, whether this server is one on which a schema is not changed. Undefined where there are none. */
  readonly asksWorker?: string;
}

export type EngineName = Engine['name'];

const plain: Engine = {
  name: 'PostgreSQL',
  sends: 'message',
  settings: {},
  printSize: (oid) => `pg_catalog.pg_total_relation_size(${oid})`,
};

/** By the name of their extension. */
const extensions: Readonly<Record<string, Engine>> = {
  // The text of a whole message goes to the workers with some kinds of DDL, which refuse it if it holds several statements.
  citus: {
    name: 'Citus',
    sends: 'statements',
    // Another kind of statement behind a parallel one is refused in the same transaction.
    settings: { 'citus.multi_shard_modify_mode': 'sequential' },
    // The shards are elsewhere.
    printSize: (
      oid,
    ) => `CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_dist_partition p WHERE p.logicalrelid OPERATOR(pg_catalog.=) ${oid})
            THEN pg_catalog.citus_total_relation_size(${oid}::pg_catalog.regclass, false) ELSE ${plain.printSize(oid)} END`,
    asksWorker: 'SELECT NOT pg_catalog.citus_is_coordinator() AS worker',
  },
  // Chunks are children of their table, so that sizes and locks are found as they are for any other.
  timescaledb: { ...plain, name: 'TimescaleDB' },
};

/** SQL for the extension that makes another engine of this server, if there is one. */
export const asksEngine: string = `(SELECT e.extname FROM pg_catalog.pg_extension e WHERE e.extname OPERATOR(pg_catalog.=) ANY (${textArray(Object.keys(extensions))}) LIMIT 1)`;

/** What these schemas hold is made by the engine, though no extension owns it. */
const ownSchemas = ['_timescaledb_internal'].map(quoteLiteral).join(', ');

/** SQL for whether a schema is one that people make objects in: no catalog, no temporary one, none of an engine's. */
export function printIsOfPeople(nspname: string): string {
  return `${nspname} <> 'information_schema' AND ${nspname} !~ '^pg_' AND ${nspname} NOT IN (${ownSchemas})`;
}

export function engineOf(extension: string | null | undefined): Engine {
  return extensions[extension ?? ''] ?? plain;
}

export function engineNamed(wanted: EngineName): Engine {
  return Object.values(extensions).find(({ name }) => name === wanted) ?? plain;
}

/** As commands of PL/pgSQL, in the transaction of a step: a script does not know where it will run. */
export function printEngineSettings(): string {
  const needed = Object.values(extensions).flatMap(({ settings }) => Object.entries(settings));
  return needed
    .map(([name, value]) => {
      const quoted = quoteLiteral(name);
      return `  PERFORM set_config(${quoted}, ${quoteLiteral(value)}, true)\n    WHERE current_setting(${quoted}, true) IS NOT NULL;`;
    })
    .join('\n');
}
