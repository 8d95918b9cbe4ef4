import { existsSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UpdownError } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import type { Revision } from '../graph/revision.ts';
import type { Decision } from '../import/foreign.ts';
import { importHistory } from '../import/importer.ts';
import { makeProject } from '../project/identity.ts';
import { loadProject, locateProject, manifestName, type ProjectOptions } from '../project/load.ts';
import { saveManifest, saveRevisions } from '../project/save.ts';

export interface ImportOptions extends ProjectOptions {
  /** Whose history: `diesel`, `golang-migrate`. */
  readonly tool: string;
  /** The folder that holds it. */
  readonly path: string;
  /** Report only. */
  readonly dryRun?: boolean;
}

export interface ImportResult {
  readonly tool: string;
  readonly folder: string;
  readonly written: boolean;
  readonly revisions: readonly Revision[];
  /** What had to be decided, and what is left to decide by hand. */
  readonly decisions: readonly Decision[];
}

export async function importTool(options: ImportOptions): Promise<ImportResult> {
  const cwd = resolve(options.cwd ?? '.');
  const place = locateProject(options);
  const isThere = existsSync(join(place.folder, manifestName));
  if (isThere && loadProject(options).graph.nodes.size > 0) {
    throw new UpdownError('exists', `"${place.shownFolder}" holds revisions already`, {
      hint: 'Nothing was changed. Import into a separate folder: --dir <new folder>.',
    });
  }
  const { revisions, decisions } = await importHistory(options.tool, resolve(cwd, options.path));
  buildGraph(revisions.map(({ revision }) => revision));
  if (options.dryRun !== true) {
    const made = isThere ? undefined : saveManifest(place, makeProject(basename(cwd)));
    try {
      saveRevisions(loadProject(options), revisions);
    } catch (error) {
      if (made !== undefined) rmSync(made, { recursive: true, force: true });
      throw error;
    }
  }
  return {
    tool: options.tool,
    folder: place.shownFolder,
    written: options.dryRun !== true,
    revisions: revisions.map(({ revision }) => revision),
    decisions,
  };
}
