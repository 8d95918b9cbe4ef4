// The statements of which safe ways are made. Names are given as SQL writes them: `public."Odd"`.

export function addConstraint(table: string, name: string, definition: string): string {
  return `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition};`;
}

/** It holds for new rows at once; the old ones are left to `validate`. */
export function addNotValid(table: string, name: string, definition: string): string {
  return addConstraint(table, name, `${definition} NOT VALID`);
}

export function validate(table: string, name: string): string {
  return `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`;
}

export function dropConstraint(table: string, name: string): string {
  return `ALTER TABLE ${table} DROP CONSTRAINT ${name};`;
}

export function renameConstraint(table: string, name: string, to: string): string {
  return `ALTER TABLE ${table} RENAME CONSTRAINT ${name} TO ${to};`;
}

/** A constraint that takes over an index which is there, as deferrable as this definition is. */
export function useIndex(table: string, name: string, kind: string, index: string, definition: string): string {
  const [timing = ''] = /( NOT)?( DEFERRABLE)?( INITIALLY DEFERRED)?$/.exec(definition) ?? [];
  return addConstraint(table, name, `${kind.toUpperCase()} USING INDEX ${index}${timing}`);
}

export function addDomainNotValid(domain: string, name: string, definition: string): string {
  return `ALTER DOMAIN ${domain} ADD CONSTRAINT ${name} ${definition} NOT VALID;`;
}

export function validateDomain(domain: string, name: string): string {
  return `ALTER DOMAIN ${domain} VALIDATE CONSTRAINT ${name};`;
}

/** `definition`: type, NOT NULL, default. */
export function addColumn(table: string, column: string, definition: string): string {
  return `ALTER TABLE ${table} ADD COLUMN ${column} ${definition};`;
}

/** `alterColumn(table, column, 'SET NOT NULL')` */
export function alterColumn(table: string, column: string, action: string): string {
  return `ALTER TABLE ${table} ALTER COLUMN ${column} ${action};`;
}

export function dropColumn(table: string, column: string): string {
  return `ALTER TABLE ${table} DROP COLUMN ${column};`;
}

export function renameColumn(table: string, column: string, to: string): string {
  return `ALTER TABLE ${table} RENAME COLUMN ${column} TO ${to};`;
}

export function createIndex(table: string, keys: string): string {
  return `CREATE INDEX ON ${table} (${keys});`;
}

export function createIndexConcurrently(table: string, keys: string): string {
  return `CREATE INDEX CONCURRENTLY ON ${table} (${keys});`;
}

export function dropIndexConcurrently(index: string): string {
  return `DROP INDEX CONCURRENTLY ${index};`;
}

export function reindexConcurrently(index: string): string {
  return `REINDEX INDEX CONCURRENTLY ${index};`;
}

export function renameIndex(index: string, to: string): string {
  return `ALTER INDEX ${index} RENAME TO ${to};`;
}

export function attachIndex(index: string, part: string): string {
  return `ALTER INDEX ${index} ATTACH PARTITION ${part};`;
}

export function attachPartition(table: string, part: string, bound: string): string {
  return `ALTER TABLE ${table} ATTACH PARTITION ${part} ${bound};`;
}

export function detachConcurrently(table: string, part: string): string {
  return `ALTER TABLE ${table} DETACH PARTITION ${part} CONCURRENTLY;`;
}

/** `drop('TABLE', name)` */
export function drop(type: string, name: string): string {
  return `DROP ${type} ${name};`;
}

export function createSequence(
  name: string,
  type: string,
  { options = [], owner }: { readonly options?: readonly string[]; readonly owner?: string } = {},
): string {
  const words = [...options, ...(owner === undefined ? [] : [`OWNED BY ${owner}`])];
  return `CREATE SEQUENCE ${name} AS ${type}${words.map((word) => ` ${word}`).join('')};`;
}

export function giveSequence(sequence: string, owner: string): string {
  return `ALTER SEQUENCE ${sequence} OWNED BY ${owner};`;
}

/** Ten thousand rows at a time, by their places, until no row is left for which `where` holds. */
export function writeSome(table: string, set: string, where: string, isParent: boolean): readonly string[] {
  // Any table has a ctid, but its partitions and children have the same ones.
  const [place, start, end] = isParent
    ? ['tableoid, ctid', '(tableoid, ctid) IN (', ')']
    : ['ctid', 'ctid = ANY (ARRAY(', '))'];
  return [
    `UPDATE ${table} SET ${set} WHERE ${start}`,
    `  SELECT ${place} FROM ${table} WHERE ${where} LIMIT 10000${end}`,
    // A row may have changed meanwhile.
    `  AND ${where};`,
  ];
}

export function createTriggerFunction(name: string, body: readonly string[]): readonly string[] {
  return [
    `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$`,
    'BEGIN',
    ...body.map((line) => `  ${line}`),
    '  RETURN NEW;',
    'END $$;',
  ];
}

/** Before each row that is inserted or updated. */
export function createTrigger(name: string, table: string, calls: string): readonly string[] {
  return [`CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table}`, `  FOR EACH ROW EXECUTE FUNCTION ${calls}();`];
}

export function dropTrigger(name: string, table: string): string {
  return `DROP TRIGGER ${name} ON ${table};`;
}

/** `DISABLE`, `ENABLE`, `ENABLE ALWAYS` */
export function switchTrigger(table: string, action: string, name: string): string {
  return `ALTER TABLE ${table} ${action} TRIGGER ${name};`;
}

/** Quoted values, in the words of a change: `type public.mood`. */
export function addEnumValue(object: string, value: string, behind: string): string {
  return `ALTER ${object.replace(/^type/, 'TYPE')} ADD VALUE ${value} AFTER ${behind};`;
}
