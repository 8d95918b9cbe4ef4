import type { Project } from '../project/load.ts';

/** The server that was named for throwaway databases, by an option or the configuration; undefined where they are made in this process. */
export function scratchUrlOf(
  { config }: Pick<Project, 'config'>,
  { scratch }: { readonly scratch?: string | undefined },
): string | undefined {
  return scratch ?? config.scratch.url;
}
