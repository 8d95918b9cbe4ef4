import type { Lock } from '../effects.ts';
import type { MeasuredStatement } from '../measured.ts';
import type { Way } from '../ways/way.ts';
import { under } from '../ways/way.ts';

/** `ACCESS EXCLUSIVE on public.orders` */
export function wordLock({ mode, relation }: Lock): string {
  return `${mode} on ${relation}`;
}

/** Where no way beside normal work is proven: what is at stake, and nothing that does harm when obeyed. */
export function inWindow(stake: string): string {
  return noWayBeside(stake).replaceAll(/^/gm, '-- ');
}

/** The same as words. */
export function noWayBeside(stake: string): string {
  return `there is no proven way during normal operation: ${stake}.\nKeep it alone in its revision, for a maintenance window or the hour of least traffic`;
}

/** What another statement of its transaction brings back must not be gone between two revisions. */
export function waitTogether({ around }: MeasuredStatement): string {
  return around?.partner === undefined
    ? waitShortly
    : `-- it is short, but while it waits for a lock, all others queue after it: keep it in one revision with statement ${around.partner}, which it\n-- belongs to, and with nothing that takes long; run it at a quiet hour, with\n-- updown: lock-timeout=2s\n-- at the head`;
}

export const waitShortly =
  '-- it is short, but while it waits for a lock, all others queue after it:\n-- keep it alone in its revision, and run it at a quiet hour, with\n-- updown: lock-timeout=2s\n-- at the head';

/** What is dropped, when nothing uses it any more. */
export function dropLater({ text }: MeasuredStatement): Way {
  return [under('first release code that no longer uses it; then, in a later revision:', `${text};`)];
}
