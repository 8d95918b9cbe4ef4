import type { LedgerState } from '../database/ledger-state.ts';
import { findOverridden, type Overridden, wordAside, wordOverridden } from '../script/overridden.ts';
import type { Script } from '../script/script.ts';
import { listConfigured, pinnedNames } from '../script/settings.ts';
import type { Context } from './context.ts';

/** Compares what this role and database are set to with what the steps run with, and warns of each difference. */
export function tellOverridden(
  { project, emit }: Context,
  { pins, asked, ledger }: Script,
  { server }: LedgerState,
): readonly Overridden[] {
  const found = server.settings.filter(({ name }) => pinnedNames.includes(name));
  const said = new Set([...listConfigured(project.config).keys(), ...asked.keys()]);
  const overridden = findOverridden(found, pins, said);
  const aside = wordAside(pins, server.user, ledger.schema);
  for (const message of [...overridden.map(wordOverridden), ...(aside === undefined ? [] : [aside])])
    emit({ kind: 'warning', message });
  return overridden;
}
