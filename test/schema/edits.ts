import { readFileSync } from 'node:fs';

/** One change of the database that base.sql makes, and what it needs first. */
export interface Edit {
  readonly title: string;
  readonly given: string;
  readonly sql: string;
}

const folder = new URL('../fixtures/schema/', import.meta.url);

export const base: string = readFileSync(new URL('base.sql', folder), 'utf8');
export const edits: readonly Edit[] = readEdits(readFileSync(new URL('edits.sql', folder), 'utf8'));

function readEdits(text: string): readonly Edit[] {
  const [, ...parts] = text.split(/^-- edit: /m);
  return parts.map((part) => {
    const [title = '', ...lines] = part.split('\n');
    const [first = '', second] = lines.join('\n').split(/^-- then\n/m);
    return second === undefined ? { title, given: '', sql: first } : { title, given: first, sql: second };
  });
}

/** A new label of an enum is used only behind the transaction that it was added in. */
export const unsafeNewLabel = '55P04';
