import { type Created, createRevision, type NewOptions } from '../../index.ts';
import type { Action } from '../action.ts';
import { usage } from '../argv.ts';
import type { Values } from '../options.ts';

export const action: Action<'revision', Created> = {
  run: ({ options, given }) => {
    const { noTransaction, parent } = given;
    return createRevision({ ...options, ...readNew(given, given.message), noTransaction, parent });
  },
  text: ({ files }) => files.map((file) => `${file}\n`),
  json: toJson,
};

type Named = Pick<Values, 'label' | 'dependsOn' | 'splice' | 'revId'>;

/** What `revision` and `merge` share. */
export function readNew({ label, dependsOn, splice, revId }: Named, message: string | undefined): NewOptions {
  if (message === undefined)
    throw usage('A revision needs a message', undefined, 'Say what it does: updown revision -m "add orders.status"');
  return { message, labels: label, dependsOn, splice, id: revId };
}

export function toJson({ revision, files }: Created): object {
  const { id, parents, folder, message } = revision;
  return { id, parents, folder, message, files };
}
