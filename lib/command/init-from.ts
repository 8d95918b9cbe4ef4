import { loadProject } from '../project/load.ts';
import { type Baseline, type BaselineOptions, baseline } from './baseline.ts';
import { type InitOptions, type InitResult, start } from './init.ts';

export interface InitFromOptions extends InitOptions, BaselineOptions {}

export interface InitFromResult extends InitResult {
  readonly first: Baseline;
}

/** Nothing of the project is left where its first revision can't be made. One that is made, and can't be recorded, is there to be recorded. */
export async function initFrom(options: InitFromOptions): Promise<InitFromResult> {
  const { result, undo } = start({ ...options, bare: true });
  try {
    return { ...result, first: await baseline(options) };
  } catch (error) {
    if (loadProject(options).graph.nodes.size === 0) undo();
    throw error;
  }
}
