import type { Action } from '../action.ts';
import { type Migrated, planAction } from './migrate.ts';
import { ways } from './upgrade.ts';

export const action: Action<Migrated> = planAction(ways);
