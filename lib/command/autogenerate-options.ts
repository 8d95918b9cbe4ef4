import type { LookAlike } from '../autogenerate/look-alike.ts';
import type { CommandOptions } from './context.ts';
import type { ScratchChoice } from './on-scratch.ts';
import type { RevisionOptions } from './revision.ts';

export interface AutogenerateOptions extends Omit<RevisionOptions, 'noTransaction'>, CommandOptions, ScratchChoice {
  /** A file of SQL that makes the wanted schema, or a folder of them; else what `updown.json` says. */
  readonly fromSchema?: string | undefined;
  /** Write an empty revision where there is nothing to do. */
  readonly empty?: boolean | undefined;
  /** What has another name: `app.orders=app.purchases`. */
  readonly renames?: readonly string[] | undefined;
  /** What goes with all that is in it, whatever looks like it: `app.orders.total`. */
  readonly drops?: readonly string[] | undefined;
  /** Asks whether something was renamed; without it, what looks so is refused. */
  readonly ask?: ((alike: LookAlike) => Promise<'rename' | 'drop' | undefined>) | undefined;
}
