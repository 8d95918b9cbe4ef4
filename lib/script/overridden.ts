import { isSameSetting, namesUser } from '../sql/setting.ts';
import { type Pins, pinnedValue, wordPin } from './settings.ts';

/** A setting that somebody has made for this role or database, and that steps do not run with. */
export interface Overridden {
  readonly name: string;
  readonly asked: string;
  readonly used: string;
  /** Who asks for it: `ALTER ROLE`. */
  readonly by: string;
}

/** What was found in the session and differs from what is pinned, unless `updown.json` or the connection says that it shall. */
export function findOverridden(
  found: readonly { readonly name: string; readonly value: string; readonly by: string }[],
  pins: Pins,
  said: ReadonlySet<string>,
): readonly Overridden[] {
  return found.flatMap(({ name, value, by }) => {
    const used = pinnedValue(pins, name);
    return said.has(name) || isSameSetting(name, value, used) ? [] : [{ name, asked: value, used, by }];
  });
}

export function wordOverridden({ name, asked, used, by }: Overridden): string {
  return `${by} sets ${name} to ${asked}, and steps run with ${used}. To use it write ${wordPin(name, asked)} in updown.json; to keep what is used, and read this no more, ${wordPin(name, used)}`;
}

/** The search path that a step of this role runs with, where "$user" would be the ledger's schema. */
export function wordAside(pins: Pins, role: string, ledger: string): string | undefined {
  if ((pins.get('role') ?? role) !== ledger || !namesUser(pinnedValue(pins, 'search_path'))) return undefined;
  return `"$user" of the search path would be schema "${ledger}", which is the ledger's: steps run without it. Name the schemas: ${wordPin('search_path', 'public')} in updown.json`;
}
