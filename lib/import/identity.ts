import { createHash } from 'node:crypto';
import { isWord } from '../graph/word.ts';
import { readsAsNumber, slugOf } from '../project/identity.ts';

/**
 * The id a version gets, the same wherever the history is imported: the version itself where it may be one, else the
 * first 12 digits of a hash. `isTaken` keeps ids of one history apart.
 */
export function chooseId(tool: string, version: string, isTaken: (id: string) => boolean): string {
  if (isKeepable(version) && !isTaken(version)) return version;
  for (let round = 0; ; round += 1) {
    const id = hash(round === 0 ? `${tool}:${version}` : `${tool}:${version}#${round}`);
    if (isGenerated(id) && !isTaken(id)) return id;
  }
}

/** A folder's name. Its time is the version's where it holds one; order comes from parents alone. */
export function nameFolder(version: string, id: string, title: string): string {
  const slug = slugOf(title);
  return [readTime(version) ?? countUp(version), id, ...(slug === '' ? [] : [slug])].join('_');
}

export function wordTitle(version: string, title: string): string {
  const words = title.replaceAll(/[_\-\s]+/g, ' ').trim();
  return words === '' ? `version ${version}` : words;
}

function isKeepable(version: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(version) && !readsAsNumber(version) && !isWord(version);
}

// A lone `e` makes a number of digits too, in tools that read more of them than JavaScript does.
function isGenerated(id: string): boolean {
  return /[abcdf]/.test(id) && !readsAsNumber(id);
}

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12);
}

/** `20240112_1234`, from the kinds of timestamps people number migrations with. */
function readTime(version: string): string | undefined {
  if (!/^\d+$/.test(version)) return undefined;
  return readCalendar(version) ?? readEpoch(version);
}

/** `20240112`, `2024011212`, `202401121234`, `20240112123456` or longer. */
function readCalendar(version: string): string | undefined {
  const match = /^((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?\d*$/.exec(version);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const valid = month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month) && hour < 24 && minute < 60;
  // A wrong date of 14 digits is still meant as one (month 18 exists in the wild); a short one is just a number.
  if (!valid && version.length < 14) return undefined;
  const safeMonth = clamp(month, 1, 12);
  const safeDay = clamp(day, 1, lastDay(year, safeMonth));
  return print(year, safeMonth, safeDay, clamp(hour, 0, 23), clamp(minute, 0, 59));
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, from 2001 on. */
function readEpoch(version: string): string | undefined {
  if (![10, 13, 16, 19].includes(version.length) || version.startsWith('0')) return undefined;
  const time = new Date(Number(version.slice(0, 10)) * 1000);
  const hour = time.getUTCHours();
  return print(time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate(), hour, time.getUTCMinutes());
}

/** Number 12 becomes `00000000_0012`: in order, and plainly no date. */
function countUp(version: string): string {
  const digits = /^\d+$/.test(version) ? BigInt(version).toString() : '0';
  const twelve = digits.length > 12 ? '0'.repeat(12) : digits.padStart(12, '0');
  return `${twelve.slice(0, 8)}_${twelve.slice(8)}`;
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function print(year: number, month: number, day: number, hour: number, minute: number): string {
  const [mm, dd, hh, mi] = [month, day, hour, minute].map((part) => String(part).padStart(2, '0'));
  return `${year}${mm}${dd}_${hh}${mi}`;
}
