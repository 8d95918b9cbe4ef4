import { stripVTControlCharacters } from 'node:util';
import { displayWidth, wrapMessage } from '../../index.ts';
import { repeatSaid } from '../said.ts';
import type { View } from '../view.ts';

/** What to do next, behind that word. */
export function printNext(hint: string, view: View, lead = ''): string {
  return printMessage(`${lead}${view.style.good('next')}:`, repeatSaid(hint, view.said), view);
}

/** A text without a head; on a terminal broken between words, the lines under the first one indented. */
export function printText(text: string, { width, isTerminal }: Pick<View, 'width' | 'isTerminal'>): string {
  return isTerminal ? wrapMessage(text, { width, lead: 0, indent: 2 }).join('\n  ') : text;
}

/** A text behind its head, such as `  next:`; on a terminal broken between words, the lines under the first one indented. */
export function printMessage(
  head: string,
  text: string,
  { width, isTerminal }: Pick<View, 'width' | 'isTerminal'>,
  {
    indent = 4,
    paint = (line: string) => line,
  }: { readonly indent?: number; readonly paint?: (line: string) => string } = {},
): string {
  const lead = displayWidth(stripVTControlCharacters(head)) + 1;
  const [first = '', ...more] = isTerminal ? wrapMessage(text, { width, lead, indent }) : [text];
  const under = more.map((line) => `\n${' '.repeat(indent)}${paint(line)}`);
  return `${first === '' ? head : `${head} ${paint(first)}`}${under.join('')}`;
}
