import type { SqlSource } from '../sql/source.ts';
import type { ForeignStatement } from './statement.ts';

/** What a file does about transactions itself. */
export type Wrapping =
  | { readonly kind: 'none' }
  /** One or more transactions that together hold every statement: their BEGINs and COMMITs in order. */
  | { readonly kind: 'whole'; readonly verbs: readonly ForeignStatement[] }
  /** Anything else; `at` is where it goes wrong. */
  | { readonly kind: 'mixed'; readonly at: ForeignStatement; readonly problem: string };

/** Only where nothing stands outside can BEGIN and COMMIT be taken out without a change of meaning. */
export function findWrapping(statements: readonly ForeignStatement[]): Wrapping {
  const verbs = statements.filter(({ verb }) => verb !== undefined && verb !== 'savepoint');
  if (verbs.length === 0) return { kind: 'none' };
  let open: ForeignStatement | undefined;
  let enumValue: ForeignStatement | undefined;
  for (const at of statements) {
    const problem = problemOf(at, open);
    if (problem !== undefined) return { kind: 'mixed', at, problem };
    if (at.verb === 'begin') {
      if (enumValue)
        return { kind: 'mixed', at: enumValue, problem: 'a value is added to an enum and committed first' };
      open = at;
    }
    if (at.verb === 'commit') open = undefined;
    if (at.enumValue) enumValue = at;
  }
  return open ? { kind: 'mixed', at: open, problem: `${open.label} has no COMMIT` } : { kind: 'whole', verbs };
}

function problemOf({ verb, label }: ForeignStatement, open: ForeignStatement | undefined): string | undefined {
  if (verb === 'other') return `${label} is more than a plain BEGIN or COMMIT`;
  if (verb === 'begin') return open && `${label} stands inside another transaction`;
  if (open) return undefined;
  return verb === 'commit' ? `${label} has no BEGIN` : `${label} stands outside the file's own transaction`;
}

/** Turns the statements into comments. Every line stays on its number. */
export function commentOut({ text }: SqlSource, verbs: readonly ForeignStatement[]): string {
  let result = '';
  let copied = 0;
  for (const { start, stop, label } of verbs) {
    result += text.slice(copied, start) + commentFor(text, start, stop, label);
    copied = stop;
  }
  return result + text.slice(copied);
}

function commentFor(text: string, start: number, stop: number, label: string): string {
  const written = text.slice(start, stop);
  const breaks = written.split('\n').length - 1;
  const before = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  const after = /^[^\n]*/.exec(text.slice(stop))?.[0] ?? '';
  const alone = breaks === 0 && before.trim() === '' && /^\s*(--.*)?$/.test(after);
  return alone ? `-- ${written}` : `/* ${label} */${'\n'.repeat(breaks)}`;
}
