import { packItems } from '../sql/pack.ts';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { schemaOption } from './name.ts';
import { type Flavor, type HeadReason, type Refusal, refusalOf, type SharedReason } from './refusals.ts';
import { printDisabling } from './rights.ts';

/** The rows that `refuse` and its like look in: reason, SQLSTATE, message, hint. */
export function printRefusals(refusals: Readonly<Record<string, Refusal>>, schema: string): string {
  return Object.entries(refusals)
    .map(([reason, { sqlstate, message, hint }]) => {
      const [words, next] = [message, hint].map((text) => wrapLiteral(fillKnown(text, schema), '     ', 0));
      return `    (${packItems([quoteLiteral(reason), `'${sqlstate}'`, `${words}`, `${next}`], '     ').trimStart()})`;
    })
    .join(',\n');
}

/**
 * One of them as a command of PL/pgSQL under `ownPath`, where there may be no ledger. `said` are expressions of type text or name; what is a
 * string constant is put into the text.
 */
export function printRaise(
  reason: HeadReason | SharedReason,
  schema: string,
  said: readonly string[] = [],
  { detail, flavor }: { readonly detail?: string | undefined; readonly flavor?: Flavor | undefined } = {},
): string {
  const { sqlstate, message, hint } = refusalOf(reason);
  const items = [
    `ERRCODE = '${sqlstate}'`,
    `MESSAGE = ${printText(fillKnown(prefixOf(sqlstate) + message, schema), said)}`,
    ...(detail === undefined ? [] : [`DETAIL = ${detail}`]),
    `HINT = ${printText(fillKnown(hint, schema, flavor), said)}`,
  ];
  return `    RAISE EXCEPTION USING ${items.join(',\n      ')};\n`;
}

/** As an expression, with no more of what is said than the text has places for. */
function printText(text: string, said: readonly string[]): string {
  const constant = /^'(?:[^']|'')*'$/;
  const filled = text.replace(/%(\d+)\$s/g, (place, number) => {
    const value = said[number - 1] ?? '';
    return constant.test(value) ? value.slice(1, -1).replaceAll("''", "'").replaceAll('%', '%%') : place;
  });
  const places = new Set(Array.from(filled.matchAll(/%(\d+)\$/g), ([, number]) => Number(number)));
  if (places.size === 0) return wrapLiteral(filled.replaceAll('%%', '%'), indent, opening);
  const used = [...places].sort((one, other) => one - other);
  // The last of several places is the last argument; one alone needs no number.
  const format = used.length === 1 ? filled.replaceAll(`%${used[0]}$`, '%') : filled;
  const repeats = used.length === 1 && [...filled.matchAll(/%\d+\$/g)].length > 1;
  const values = used.length === 1 && !repeats ? [said[used[0]! - 1]] : said.slice(0, Math.max(...used));
  const literal = wrapLiteral(repeats ? filled : format, indent, opening);
  const [last = ''] = literal.split('\n').slice(-1);
  const list = values.join(values.some((value) => value?.includes('\n')) ? `,\n${indent}` : ', ');
  const fits = !list.includes('\n') && last.length + list.length + 30 < widest;
  return `format(${literal},${fits ? ' ' : `\n${indent}`}${list})`;
}

const indent = '        ';
/** What stands in front of a text that is printed with `indent`. */
const opening = 'HINT = format('.length;

/** In front of a message, so that whoever reads a log can look it up. */
function prefixOf(sqlstate: string): string {
  return sqlstate.startsWith('UD') ? `${sqlstate}: ` : '';
}

/** What is known when the text is printed, as text for `format`. */
export function fillKnown(text: string, schema: string, flavor?: Flavor): string {
  const known: Readonly<Record<string, string>> = {
    schema,
    ident: quoteIdent(schema),
    option: schemaOption(schema),
    flavor: flavor === 'plain' ? ' --flavor plain' : '',
    disabling: printDisabling(quoteIdent(schema)),
  };
  return text.replace(/\{(schema|ident|option|flavor|disabling)\}/g, (_, name: string) =>
    (known[name] ?? '').replaceAll('%', '%%'),
  );
}

/** A string constant in lines that a screen can show: one behind another goes on with it. `before`: what stands in front of the first. */
function wrapLiteral(text: string, margin: string, before: number): string {
  const whole = quoteLiteral(text);
  if (whole.startsWith('E') || before + whole.length + margin.length <= widest) return whole;
  const lines: string[] = [];
  for (const word of text.split(/(?<= )/)) {
    const last = lines.at(-1);
    const room = widest - margin.length - (lines.length === 1 ? before : 0);
    if (last === undefined || quoteLiteral(last + word).length > room) lines.push(word);
    else lines[lines.length - 1] = last + word;
  }
  return lines.map(quoteLiteral).join(`\n${margin}`);
}

const widest = 119;
