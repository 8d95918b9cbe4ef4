import { listFiles, readObjects } from './git.ts';
import { manifestName, type Project } from './load.ts';

/**
 * The files of a project in a commit: their objects by their paths below the manifest's folder, which may have stood in another place there.
 * None where the commit has no manifest of this project.
 */
export async function listCommitted(
  { folder, manifest }: Pick<Project, 'folder' | 'manifest'>,
  commit: string,
): Promise<ReadonlyMap<string, string>> {
  const here = await listFiles(folder, commit);
  if (here.has(manifestName)) return here;
  const all = await listFiles(folder, commit, 'whole');
  const manifests = [...all].filter(([path]) => path === manifestName || path.endsWith(`/${manifestName}`));
  const held = await readObjects(folder, [...new Set(manifests.map(([, object]) => object))]);
  const [found, ...others] = manifests.filter(([, object]) => projectOf(held.get(object)) === manifest.project);
  if (found === undefined || others.length > 0) return new Map();
  const prefix = found[0].slice(0, -manifestName.length);
  return new Map(
    [...all].flatMap(([path, object]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), object] as const] : [],
    ),
  );
}

/** As its first line says it. */
function projectOf(manifest: Uint8Array | undefined): unknown {
  const [line = ''] = Buffer.from(manifest ?? [])
    .toString('utf8')
    .split('\n');
  try {
    return (JSON.parse(line.replace(/^\uFEFF/, '')) as { readonly project?: unknown } | null)?.project;
  } catch {
    return undefined;
  }
}
