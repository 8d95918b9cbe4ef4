import { mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Extension, PGlite } from '@electric-sql/pglite';
import { UpdownError } from '../errors.ts';
import type { Execute } from './pglite-bridge.ts';
import { keepInitial, readInitial, walSegment } from './pglite-initial.ts';
import { dropRepeatedPlans } from './repeats.ts';

export interface Instance {
  readonly dead: boolean;
  readonly execute: Execute;
  close(): Promise<void>;
}

/** What instances of a process start from. */
export interface Shared {
  readonly program: WebAssembly.Module;
  /** The folder of data as initdb leaves it. */
  readonly initial?: Uint8Array | undefined;
}

/** Starts an embedded PostgreSQL on the folder, which is made where it is missing; without one, in memory. */
export async function openInstance(
  folder: string | undefined,
  names: readonly string[],
  shared: Shared,
): Promise<Instance> {
  const isNew = folder === undefined || (await prepareFolder(folder));
  const pglite = isNew
    ? await createNew(folder, names, shared)
    : await create(folder, names, { program: shared.program });
  let dead = false;
  return {
    get dead() {
      return dead;
    },
    execute: async (message, dropsRows) => {
      if (dead) throw new Error('it has ended');
      try {
        const { take, end } = dropRepeatedPlans(dropsRows);
        await pglite.execProtocolRawStream(message, { onRawData: take });
        return end();
      } catch (error) {
        // Asked anything more, even to close, it would spin until memory is full.
        dead = true;
        throw error;
      }
    },
    close: async () => {
      if (!dead && !pglite.closed) await pglite.close();
      dead = true;
    },
  };
}

async function create(
  folder: string | undefined,
  names: readonly string[],
  { program, initial }: Shared,
): Promise<PGlite> {
  const [{ PGlite }, extensions] = await Promise.all([import('@electric-sql/pglite'), loadExtensions(names)]);
  return await PGlite.create({
    ...(folder !== undefined && { dataDir: folder }),
    ...(initial !== undefined && { loadDataDir: new UncopiedBlob(initial) }),
    pgliteWasmModule: program,
    startParams: [...PGlite.defaultStartParams, ...serverSettings],
    initDbStartParams: [`--wal-segsize=${walSegment}`],
    extensions,
  });
}

/**
 * Shared buffers are filled with zeros at each start, and 128 MB of them took a third of it. Checkpoints come as often as with segments of the
 * usual size.
 */
const serverSettings: readonly string[] = ['-B', '16MB', '-c', 'max_wal_size=1GB'];

/** Gives the bytes themselves: a Blob copies them when it is made, and again when it is read. */
class UncopiedBlob extends Blob {
  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    super([]);
    this.#data = data;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteLength } = this.#data;
    const isAll = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
    return isAll ? buffer : new Uint8Array(this.#data).buffer;
  }
}

/** Without `initial`, from what an earlier process has kept; where there is none, by initdb. */
async function createNew(
  folder: string | undefined,
  names: readonly string[],
  { program, initial }: Shared,
): Promise<PGlite> {
  const kept = initial ?? (await readInitial(names));
  const pglite = await create(folder, names, { program, initial: kept });
  if (kept === undefined) await keepInitial(names, await pglite.dumpDataDir('none'));
  return pglite;
}

/** Whether the folder is empty. Refuses one with other files. */
async function prepareFolder(folder: string): Promise<boolean> {
  await mkdir(dirname(folder), { recursive: true });
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new UpdownError(
      'config',
      `"${folder}" of the pglite url ${error.code === 'ENOTDIR' ? 'is a file' : `can't be read (${error.code})`}`,
      { hint: 'Name a folder: an empty one, a new one, or one that such a database has filled.' },
    );
  });
  if (entries.length === 0 || entries.includes('PG_VERSION')) return entries.length === 0;
  throw new UpdownError('config', `The folder "${folder}" of the pglite url holds other files`, {
    hint: 'Name an empty or a new folder: a database fills it with its own files.',
  });
}

async function loadExtensions(names: readonly string[]): Promise<Record<string, Extension>> {
  const loaded = names.map(async (name) => [name, await loadExtension(name)] as const);
  return Object.fromEntries(await Promise.all(loaded));
}

/** Of these extensions, the ones that are there to be loaded. */
export async function filterExtensions(names: readonly string[]): Promise<readonly string[]> {
  const there = names.map((name) =>
    loadExtension(name).then(
      () => true,
      () => false,
    ),
  );
  const found = await Promise.all(there);
  return names.filter((_, index) => found[index]);
}

async function loadExtension(name: string): Promise<Extension> {
  const file = name.replaceAll('-', '_');
  try {
    if (!/^\w+$/.test(file)) throw new Error('no file name');
    const module: Record<string, Extension> = await import(`@electric-sql/pglite/contrib/${file}`);
    const extension = module[file];
    if (extension === undefined) throw new Error('not exported');
    return extension;
  } catch {
    throw new UpdownError('config', `The embedded PostgreSQL has no extension "${name}"`, {
      hint: 'It has most contrib modules (citext, hstore, pgcrypto, pg_trgm, uuid-ossp …); for others use a server.',
    });
  }
}
