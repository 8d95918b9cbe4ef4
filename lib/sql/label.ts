/** A statement in words, as the server's command tags are: CREATE TABLE, DROP MATERIALIZED VIEW, INSERT. */
export function labelOf(words: readonly string[]): string {
  const [verb, ...rest] = words;
  if (verb === undefined) return 'SQL';
  const label = [verb];
  const open = objectVerbs.has(verb) ? rest.filter((word) => !modifiers.has(word)) : rest;
  for (const word of open) {
    const free = label.length === 1 && objectVerbs.has(verb);
    if (!free && !phrases[label.at(-1) ?? verb]?.includes(word)) break;
    label.push(word);
  }
  return label.join(' ').toUpperCase();
}

const objectVerbs: ReadonlySet<string> = new Set(['create', 'alter', 'drop']);

const modifiers: ReadonlySet<string> = new Set(
  'or replace unique temp temporary unlogged global local recursive trusted procedural constraint'.split(' '),
);

/** Which words go on after which: `materialized view`, `foreign data wrapper`. */
const phrases: Readonly<Record<string, readonly string[]>> = {
  access: ['method'],
  begin: [],
  commit: ['prepared'],
  data: ['wrapper'],
  default: ['privileges'],
  event: ['trigger'],
  foreign: ['table', 'data'],
  import: ['foreign'],
  index: ['concurrently'],
  large: ['object'],
  materialized: ['view'],
  operator: ['class', 'family'],
  owned: ['by'],
  prepare: ['transaction'],
  refresh: ['materialized'],
  reassign: ['owned'],
  rollback: ['prepared', 'to'],
  search: ['configuration', 'dictionary', 'parser', 'template'],
  security: ['label'],
  start: ['transaction'],
  text: ['search'],
  user: ['mapping'],
};
