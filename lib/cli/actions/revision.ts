import { type Created, createRevision, type NewOptions } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { usage } from '../argv.ts';

export const action: Action<Created> = {
  run: (call) => {
    const parent = call.value('parent');
    return createRevision({
      ...readNew(call, undefined),
      noTransaction: call.has('no-transaction'),
      parent,
    });
  },
  text: ({ files }) => files.map((file) => `${file}\n`),
  json: toJson,
};

/** What `revision` and `merge` share. */
export function readNew(call: Call, otherwise: string | undefined): NewOptions {
  const message = call.value('message') ?? otherwise;
  if (message === undefined)
    throw usage('A revision needs a message', undefined, 'Say what it does: updown revision -m "add orders.status"');
  const id = call.value('rev-id');
  return {
    ...call.options,
    message,
    labels: call.values('label'),
    dependsOn: call.values('depends-on'),
    splice: call.has('splice'),
    id,
  };
}

export function toJson({ revision, files }: Created): object {
  const { id, parents, folder, message } = revision;
  return { id, parents, folder, message, files };
}
