import { dump, psql } from '../support/database.ts';
import type { Finding } from './report.ts';
import { type Fault, firstError, type Site, wordFault } from './site.ts';

/** The history's own files through plain psql: the first `count` up, or from there down to `left`. */
export async function runOriginals(
  site: Site,
  direction: 'up' | 'down',
  count: number,
  left = 0,
): Promise<readonly Finding[]> {
  const started = performance.now();
  const chosen = site.originals.slice(left, count);
  const mended: string[] = [];
  for (const original of direction === 'up' ? chosen : chosen.toReversed()) {
    const file = original[direction];
    if (file === undefined) continue;
    const outcome = await original.run(site.plain.url, file);
    if (outcome.mended)
      mended.push(`${original.path} fails in a transaction: it ran outside one, as the import decided`);
    if (outcome.status === 0) continue;
    const text = `${original.path} (${direction}) fails here, and did not in updown`;
    return [{ mark: 'bad', about: 'psql', text, details: [firstError(outcome)] }];
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return [
    {
      mark: 'ok',
      about: 'psql',
      text: `${chosen.length} original files (${direction}) in ${seconds} s`,
      details: mended,
    },
  ];
}

/** Where updown stopped, plain psql must stop too, or there is something to explain. In a copy: the database is still needed. */
export async function tryFile(
  { originals, plain }: Site,
  index: number,
  direction: 'up' | 'down',
  fault: Fault | undefined,
): Promise<Finding> {
  const original = originals[index]!;
  const about = 'psql';
  const name = `${original.path} (${direction})`;
  const file = original[direction];
  if (file === undefined) return { mark: 'ok', about, text: `${name} is not there in the original either` };
  const copy = `${plain.name}_${direction}`;
  await onServer(plain.admin, `CREATE DATABASE ${copy} TEMPLATE ${plain.name}`);
  const url = plain.url.replace(plain.name, copy);
  const outcome = await original.run(url, file);
  if (outcome.status === 0) {
    const idle = (await dump(plain.url)) === (await dump(url));
    const text = `${name} goes through here${idle ? ' and changes nothing' : ''}, and not in updown`;
    return { mark: idle ? 'note' : 'bad', about, text, details: [wordFault(fault)] };
  }
  const error = firstError(outcome);
  const same = fault?.message.includes(error) === true;
  const text = `${name} fails here too, ${same ? 'with the same words' : `in other words: ${error}`}`;
  return { mark: same || fault?.code === 'input' ? 'ok' : 'note', about, text };
}

async function onServer(url: string, sql: string): Promise<void> {
  const { status, stderr } = await psql(url, ['-q', '-c', sql]);
  if (status !== 0) throw new Error(stderr);
}
