import type { Publication } from '../../schema/extra.ts';
import { publicationStatements } from '../../schema/render/other.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { withoutArguments } from '../../schema/render/words.ts';
import { quoteIdent, quoteLiteral } from '../../sql/quote.ts';
import { described, drop, granted, hidden, make, owned, writeForeignOptions } from './common.ts';
import { writeDefaultPrivileges } from './grants.ts';
import { again, cannot, type Remedies, run, type Subject, type Written } from './written.ts';

export const schema: Remedies<'schema'> = { drop, make: (of, value) => make(of, value), alter: granted };

export const extension: Remedies<'extension'> = {
  drop,
  // Another version may be what the server's packages have.
  make: (of, value) =>
    run(
      `CREATE ${of.object} WITH SCHEMA ${quoteIdent(value.schema)};`,
      ...(value.comment === null ? [] : described.comment(of, value.comment).statements),
    ),
  alter: {
    ...described,
    schema: ({ object }, wanted) => run(`ALTER ${object} SET SCHEMA ${quoteIdent(wanted)};`),
    version: ({ object }, wanted) => run(`ALTER ${object} UPDATE TO ${quoteLiteral(wanted)};`),
  },
};

export const defaultPrivileges: Remedies<'default-privileges'> = {
  drop: ({ name }, { grants }) => writeDefaultPrivileges(name, undefined, grants),
  make: ({ name }, { grants }) => writeDefaultPrivileges(name, grants, undefined),
  alter: { grants: ({ name }, wanted, there) => writeDefaultPrivileges(name, wanted, there) },
};

const ofDatabase = () => cannot('Settings of a database are not compared.');

export const setting: Remedies<'setting'> = { drop: ofDatabase, make: ofDatabase, alter: { value: ofDatabase } };

export const securityLabel: Remedies<'security-label'> = {
  drop: (of) => label(of, null),
  make: (of, value) => label(of, value.label),
  alter: { label: (of, wanted) => label(of, wanted) },
};

/** What it is put on is named as pg_identify_object does: `table column` is a column. */
function label({ name }: Subject<'security-label'>, wanted: string | null): Written {
  const object = name.object.replace(/^(?:[a-z -]+ )?column /, 'COLUMN ');
  return run(
    `SECURITY LABEL FOR ${quoteIdent(name.provider)} ON ${object} IS ${wanted === null ? 'NULL' : quoteLiteral(wanted)};`,
  );
}

export const foreignDataWrapper: Remedies<'foreign-data-wrapper'> = {
  drop,
  make: (of, value) => {
    const { handler, validator, options } = value;
    if (Object.values(options).includes(hidden)) return cannot(unread);
    // Options that are older than the validator need not please it.
    const named = { ...value, handler: handler && withoutArguments(handler), validator: null };
    const set = validator === null ? [] : [`ALTER ${of.object} VALIDATOR ${withoutArguments(validator)};`];
    return run(...renderObject('foreign-data-wrapper', named), ...set);
  },
  alter: {
    ...granted,
    handler: ({ object }, wanted) =>
      run(`ALTER ${object} ${wanted === null ? 'NO HANDLER' : `HANDLER ${withoutArguments(wanted)}`};`),
    validator: ({ object }, wanted) =>
      run(`ALTER ${object} ${wanted === null ? 'NO VALIDATOR' : `VALIDATOR ${withoutArguments(wanted)}`};`),
    options: ({ object }, wanted, there) => writeForeignOptions(`ALTER ${object}`, wanted, there),
  },
};

const unread = 'What a secret option holds is never read.';

export const foreignServer: Remedies<'foreign-server'> = {
  drop,
  make: (of, value) => (Object.values(value.options).includes(hidden) ? cannot(unread) : make(of, value)),
  alter: {
    ...granted,
    wrapper: () => again,
    type: () => again,
    version: ({ object }, wanted) =>
      wanted === null ? again : run(`ALTER ${object} VERSION ${quoteLiteral(wanted)};`),
    options: ({ object }, wanted, there) => writeForeignOptions(`ALTER ${object}`, wanted, there),
  },
};

export const userMapping: Remedies<'user-mapping'> = {
  drop,
  make: () => cannot('The options of a user mapping hold a password, and are never read.'),
  alter: {},
};

export const publication: Remedies<'publication'> = {
  drop,
  make: (of, value) => make(of, value, publicationStatements(value, 'ONLY ')),
  alter: {
    ...owned,
    allTables: () => again,
    operations: setPublication,
    viaRoot: setPublication,
    generatedColumns: setPublication,
    schemas: setPublished,
    tables: setPublished,
  },
};

/** To make it again would break off whoever reads it. */
function setPublication({ object, wanted, expected }: Subject<'publication'>): Written {
  if (wanted === undefined) return again;
  const { operations, viaRoot, generatedColumns } = wanted;
  const items = [
    `publish = ${quoteLiteral(operations.join(', '))}`,
    ...(expected.major >= 13 ? [`publish_via_partition_root = ${viaRoot}`] : []),
    ...(expected.major >= 18 ? [`publish_generated_columns = ${generatedColumns}`] : []),
  ];
  return run(`ALTER ${object} SET (${items.join(', ')});`);
}

function setPublished({ object, wanted, there }: Subject<'publication'>): Written {
  if (wanted === undefined || there === undefined || wanted.allTables !== there.allTables) return again;
  const objects = published(wanted);
  if (objects !== '') return run(`ALTER ${object} SET ${objects};`);
  return run(`ALTER ${object} DROP ${published(withoutParts(there))};`);
}

function withoutParts(value: Publication): Publication {
  return { ...value, tables: value.tables.map((one) => ({ ...one, columns: null, where: null })) };
}

/** Takes those tables out of it of which it names columns. */
export function withdraw(value: Publication): readonly string[] {
  const tables = value.tables.filter(({ columns, where }) => columns !== null || where !== null);
  const objects = published(withoutParts({ ...value, tables, schemas: [] }));
  return objects === '' ? [] : [`ALTER PUBLICATION ${quoteIdent(value.name)} DROP ${objects};`];
}

/** Makes it have the tables that it is to have, and no other. */
export function publish(value: Publication): readonly string[] {
  const objects = published(value);
  return objects === '' ? [] : [`ALTER PUBLICATION ${quoteIdent(value.name)} SET ${objects};`];
}

/** As it stands behind FOR. */
function published(value: Publication): string {
  const [create = ''] = publicationStatements({ ...value, allTables: false }, 'ONLY ');
  return create
    .slice(`CREATE PUBLICATION ${quoteIdent(value.name)} `.length, create.lastIndexOf(' WITH (publish ='))
    .replace(/^FOR /, '');
}

export const subscription: Remedies<'subscription'> = {
  drop,
  make: () => cannot('The connection of a subscription holds a password, and is never read.'),
  alter: {
    ...owned,
    enabled: ({ object }, wanted) => run(`ALTER ${object} ${wanted ? 'ENABLE' : 'DISABLE'};`),
    publications: ({ object }, wanted) =>
      run(`ALTER ${object} SET PUBLICATION ${wanted.map(quoteIdent).join(', ')} WITH (refresh = false);`),
    slot: ({ object }, wanted) =>
      run(`ALTER ${object} SET (slot_name = ${wanted === null ? 'NONE' : quoteLiteral(wanted)});`),
    synchronousCommit: ({ object }, wanted) => run(`ALTER ${object} SET (synchronous_commit = ${wanted});`),
    binary: ({ object }, wanted) => run(`ALTER ${object} SET (binary = ${wanted});`),
  },
};

const states = { origin: 'ENABLE', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS', disabled: 'DISABLE' } as const;

export const eventTrigger: Remedies<'event-trigger'> = {
  drop,
  make: (of, value) => make(of, value),
  alter: {
    ...owned,
    event: () => again,
    tags: () => again,
    function: () => again,
    enabled: ({ object }, wanted) => run(`ALTER ${object} ${states[wanted]};`),
  },
};
