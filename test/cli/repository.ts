import { commitAll, git, startRepository } from '../support/git.ts';
import { type TestRevision, withProject, writeProject } from '../support/project.ts';
import { type Files, type Found, openFiles } from './files.ts';

export interface Repository extends Omit<Files, 'path'> {
  /** A new branch from another one, with these revisions, each on the head, committed. */
  readonly branch: (name: string, from: string, ...ids: readonly string[]) => Promise<void>;
  /** Default of its down.sql: drops what up.sql has made. */
  readonly add: (id: string, down?: string) => Promise<void>;
  readonly against: (ref: string) => Promise<readonly Found[]>;
  readonly path: (id: string, file?: 'up' | 'down') => Promise<string>;
}

/** A repository with the branch main, which holds these. */
export async function withRepository(
  revisions: readonly TestRevision[],
  body: (repository: Repository) => Promise<void>,
): Promise<void> {
  await withProject({}, async (cwd) => {
    const files = openFiles(cwd, await writeProject(cwd, revisions));
    startRepository(cwd);
    const add = async (id: string, down = `DROP TABLE t_${id};\n`) => {
      const { files: made } = await files.asks<{ files: readonly string[] }>(`revision -m 'add ${id}' --rev-id ${id}`);
      for (const [index, file] of made.entries())
        await files.write(file, index === 0 ? `CREATE TABLE t_${id} (id integer);\n` : down);
      commitAll(cwd, id);
    };
    await body({
      ...files,
      add,
      branch: async (name, from, ...ids) => {
        git(cwd, 'checkout', '--quiet', '-b', name, from);
        for (const id of ids) await add(id);
      },
      against: (ref) => files.finds(`--against ${ref}`),
      path: async (id, file = 'up') => {
        const lines = (await files.manifest()).trim().split('\n');
        const { folder } = lines.map((line) => JSON.parse(line)).find((line) => line.id === id);
        return `migrations/${folder}/${file}.sql`;
      },
    });
  });
}
