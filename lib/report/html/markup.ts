import { makeVisible } from '../../sql/quote.ts';

/** Text that is markup already: everything else is escaped on its way in. */
export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | undefined | readonly Value[];

/** A template whose values can't end a tag, an attribute or a line of their own accord. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { markup: strings.map((text, index) => text + print(values[index])).join('') };
}

/** Markup from a source that has escaped it. */
export function trusted(markup: string): Markup {
  return { markup };
}

function print(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return 'markup' in value ? value.markup : value.map(print).join('');
}

function escapeText(text: string): string {
  return makeVisible(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
