import type { Action } from '../action.ts';
import { planAction } from './migrate.ts';
import type { Migrated } from './migrated.ts';
import { ways } from './upgrade.ts';

export const action: Action<Migrated> = planAction(ways);
