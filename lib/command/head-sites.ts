import type { FileUnderTest } from '../review/file-under-test.ts';
import type { Signal } from '../signal.ts';
import type { Site } from '../verify/file.ts';
import { applyAll } from '../verify/stairway.ts';
import type { Context } from './context.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { openSites } from './open-sites.ts';
import { scratchUrlOf } from './scratch-url.ts';
import { refuseOtherMajor, type Wanted } from './wanted-schema.ts';

type OpenSite = <T>(body: (site: Site) => Promise<T>) => Promise<T>;

/** Throwaway databases that the history was run on, to be compared with a wanted schema. */
export interface HeadSites {
  /** Makes the first one while the wanted schema is made on another, once it is known which extensions that names. */
  begin(files: readonly FileUnderTest[]): void;
  open(wanted: Wanted): OpenSite;
  /** Drops what nobody has asked for. */
  end(): Promise<void>;
}

export function createHeadSites(context: Context, history: readonly FileUnderTest[], choice: ScratchChoice): HeadSites {
  // On a server, two of them that change what belongs to all of it would wait for each other.
  const isHere = scratchUrlOf(context.project, choice) === undefined;
  let first: Ahead | undefined;
  const openWith = (files: readonly FileUnderTest[], wanted?: Wanted, signal = context.signal): OpenSite => {
    const open = openSites({ ...context, signal }, [...history, ...files], choice);
    return (body) =>
      open(async (site) => {
        if (wanted !== undefined) refuseOtherMajor(wanted, site.scratch.major);
        await applyAll(site, history);
        return body(site);
      });
  };
  return {
    begin: (files) => {
      if (isHere) first = openAhead((signal) => openWith(files, undefined, signal), context.signal);
    },
    open: (wanted) => first?.open ?? openWith(wanted.extensions, wanted),
    end: async () => first?.end(),
  };
}

interface Ahead {
  readonly open: OpenSite;
  readonly end: () => Promise<void>;
}

/** Opens one before it is asked for; who asks again gets another one. Where nobody asks, its files are stopped: they may run for long. */
function openAhead(openWith: (signal: Signal) => OpenSite, outer: Signal | undefined): Ahead {
  const controller = new AbortController();
  const stop = () => controller.abort();
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop);
  const open = openWith(controller.signal);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let whole: Promise<void> | undefined;
  const ready = new Promise<Site>((resolve, reject) => {
    whole = open(async (site) => {
      resolve(site);
      await released;
    });
    whole.catch(reject);
  });
  // Who asks for it is told; where the wanted schema fails, nobody asks.
  ready.catch(() => {});
  let isTaken = false;
  return {
    open: async (body) => {
      if (isTaken) return open(body);
      isTaken = true;
      try {
        return await body(await ready);
      } finally {
        release();
        await whole;
      }
    },
    end: async () => {
      if (!isTaken) stop();
      release();
      await whole?.catch(() => {});
      outer?.removeEventListener('abort', stop);
    },
  };
}
