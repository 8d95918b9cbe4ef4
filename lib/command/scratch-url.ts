import { embeddedMajor } from '../database/embedded-major.ts';
import type { Project } from '../project/load.ts';

/** The server that was named for throwaway databases, by an option or the configuration; undefined where they are made in this process. */
export function scratchUrlOf(
  { config }: Pick<Project, 'config'>,
  { scratch }: { readonly scratch?: string | undefined },
): string | undefined {
  return scratch ?? config.scratch.url;
}

/** What a command takes behind it to compare with a database of this version; empty where nothing has to be named. */
export function nameScratch({ config }: Pick<Project, 'config'>, major: number): string {
  const isAtHand = config.scratch.url !== undefined || major === embeddedMajor;
  return isAtHand ? '' : ` --scratch <url of a server of PostgreSQL ${major}>`;
}
