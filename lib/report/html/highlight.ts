import core from 'highlight.js/lib/core';
import pgsql from 'highlight.js/lib/languages/pgsql';
import { makeVisible } from '../../sql/quote.ts';
import { html, type Markup, trusted } from './markup.ts';

core.registerLanguage('pgsql', pgsql);

const longest = 20_000;

/** SQL with its words marked. It escapes the text itself. */
export function highlight(sql: string): Markup {
  const text = makeVisible(sql.slice(0, longest));
  const marked = trusted(core.highlight(text, { language: 'pgsql', ignoreIllegals: true }).value);
  const rest = sql.length - longest;
  return rest > 0 ? html`${marked}\n<em>… and ${rest} more characters</em>` : marked;
}
