import { randomBytes } from 'node:crypto';
import { UpdownError } from '../errors.ts';

/** 12 lowercase hex digits with a letter, and never one that reads as a number (`12e456789012`): tools on the way would change it. */
export function makeId(random: (size: number) => Buffer = randomBytes): string {
  for (;;) {
    const id = random(6).toString('hex');
    if (!readsAsNumber(id)) return id;
  }
}

export function readsAsNumber(id: string): boolean {
  return !Number.isNaN(Number(id));
}

/** An id given by hand. Throws `usage`. */
export function checkId(id: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id) || id.startsWith('-') || readsAsNumber(id)) {
    throw new UpdownError('usage', `"${id}" can't be a revision id`, {
      hint: readsAsNumber(id)
        ? 'It reads as a number: add a letter.'
        : 'Use 1 to 64 letters, digits, "_" and "-", not starting with "-".',
    });
  }
  return id;
}

/** `<name>-<random>`: tells two projects apart that were copied from one. */
export function makeProject(name: string): string {
  const slug = slugOf(name).replaceAll('_', '-');
  return `${slug === '' ? 'project' : slug}-${makeId().slice(0, 8)}`;
}

/** `20251024_1740_5cd038a8f131_initial_schema`, in UTC: the same name on every machine. */
export function makeFolder(id: string, message: string, now: Date): string {
  const slug = slugOf(message);
  return [printTime(now), id, ...(slug === '' ? [] : [slug])].join('_');
}

export const leadingTime: RegExp = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)?(?!\d)/;

/** The time that a folder's name begins with. */
export function timeOfFolder(folder: string): Date | undefined {
  const [, year, month, day, hour, minute, second = '00'] = leadingTime.exec(folder) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The same name with another time. */
export function retimeFolder(folder: string, time: Date): string {
  return folder.replace(leadingTime, printTime(time));
}

function printTime(time: Date): string {
  const [date, clock] = time.toISOString().split('T') as [string, string];
  return `${date.replaceAll('-', '')}_${clock.slice(0, 5).replace(':', '')}`;
}

export function slugOf(message: string): string {
  return message
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 40)
    .replace(/^_+|_+$/g, '');
}
