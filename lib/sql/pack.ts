import { arrayValue, quoteLiteral } from './quote.ts';

/** What fits on a line of a script beside its indentation. */
const widest = 110;

/** Items with commas between them, as many on a line as fit. */
export function packItems(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && `${indent}${last}, ${item}`.split('\n').every((line) => line.length <= widest))
      lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push(item);
  }
  return lines.map((line) => `${indent}${line}`).join(',\n');
}

/** An array as text, in lines that a screen can show: it may have them between its elements. */
export function wrapArray(values: readonly string[]): string {
  const items = values.map((value) => arrayValue([value]).slice(1, -1));
  return `{${packItems(items, '  ').trimStart()}}`;
}

/** A call with its arguments, on as many lines as a screen needs. */
export function printCall(name: string, args: readonly string[], indent = ''): string {
  const open = `${indent}${name}(`;
  const first = `${open}${args[0] ?? ''}`;
  const isWide = (first.split('\n')[0] ?? '').length > widest;
  const packed = isWide ? `${open}\n${packItems(args, indent)}` : packItems([first, ...args.slice(1)], '');
  return `${packed.slice(indent.length).replaceAll('\n', `\n${indent}  `)})`;
}

/** A value as JSON in a string constant, on as many lines as a screen needs. */
export function printJson(value: object, indent: string): string {
  return quoteLiteral(`{${fillJson(value, indent).trimStart()}}`);
}

/** The fields of an object in lines that a screen can show. */
export function fillJson(values: object, indent: string): string {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  const fields = known.map(([name, value]) => `${JSON.stringify(name)}: ${wordValue(value)}`);
  return packItems(fields, indent);
}

function wordValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${fillJson(value, '    ').trimStart()}}`;
  return JSON.stringify(value);
}
