import { errorCodes, isUpdownError, UpdownError } from '../errors.ts';
import { forkOf } from '../graph/fork.ts';
import type { Graph } from '../graph/graph.ts';
import type { Revision } from '../graph/revision.ts';
import { headsOf } from '../graph/walk.ts';
import {
  buildListed,
  faultOf,
  findFolderFaults,
  type Listing,
  manifestName,
  openProject,
  type Project,
  readListing,
} from '../project/load.ts';
import { didYouMean } from '../suggest.ts';
import { listNames } from '../words.ts';
import type { Against, AgainstResult } from './check-against.ts';
import type { CheckedDatabase } from './check-database.ts';
import type { CommandOptions } from './context.ts';
import { type CheckCode, type CheckFinding, checkCodes, findingOf } from './finding.ts';
import type { ScratchChoice } from './on-scratch.ts';
import { settleHeads } from './settle-heads.ts';

export interface CheckOptions extends CommandOptions, ScratchChoice {
  /** Codes of findings that are meant: they are told as notes. */
  readonly allow?: readonly string[] | undefined;
  /** A branch, a tag or a commit: what the files are once they are merged with it is checked, too. */
  readonly against?: string | undefined;
}

export interface Check {
  /** Errors first, each kind in the order of the files. */
  readonly findings: readonly CheckFinding[];
  readonly revisions: number;
  /** None where the graph itself is at fault. */
  readonly heads: readonly Revision[];
  /** Where there are several heads, here or once merged: what stands below some of them and not below all; newest first. */
  readonly fork: readonly Revision[];
  /** Undefined where nothing was named, or where the files can't be compared before they are corrected. */
  readonly against?: Against | undefined;
  /** The database that was asked: a url without a password; undefined where none was. */
  readonly database?: string | undefined;
  /** Whether its schema was compared; undefined where no database was named. */
  readonly compared?: boolean | undefined;
  /** How many revisions its ledger tells of. */
  readonly applied?: number | undefined;
}

/** What is wrong with the files, all at once and without a database: the manifest, the folders, the graph, seals, every file, the way back. */
export async function check({ allow = [], ...options }: CheckOptions = {}): Promise<Check> {
  const allowed = new Set(allow.map(readCode));
  const { findings: ofFiles, ...rest } = await look(options);
  const asked = options.url === undefined ? undefined : await ask(options, ofFiles);
  const known = new Set(ofFiles.map(({ message }) => message));
  const findings = [...ofFiles, ...(asked?.findings ?? []).filter(({ message }) => !known.has(message))];
  const judged = findings.map(
    (finding): CheckFinding => (allowed.has(finding.code) ? { ...finding, severity: 'note' } : finding),
  );
  const bySeverity = (severity: CheckFinding['severity']) => judged.filter((finding) => finding.severity === severity);
  return {
    ...rest,
    database: asked?.database,
    applied: asked?.applied,
    compared: options.url === undefined ? undefined : (asked?.compared ?? false),
    findings: [...bySeverity('error'), ...bySeverity('note')],
  };
}

/** What is wrong with the files may be why the database can't be asked: then it is told first. */
async function ask(options: CheckOptions, found: readonly CheckFinding[]): Promise<CheckedDatabase | undefined> {
  const { checkDatabase } = await import('./check-database.ts');
  try {
    return await checkDatabase(options);
  } catch (error) {
    if (!isUpdownError(error) || !found.some(({ severity }) => severity === 'error')) throw error;
    return undefined;
  }
}

async function look(options: CheckOptions): Promise<Check> {
  let listing: Listing;
  try {
    listing = readListing(options, { settles: true });
  } catch (error) {
    // Without a project or a configuration there is nothing to check.
    if (!isUpdownError(error) || error.code === 'no-project' || error.code === 'config') throw error;
    return { findings: [findingOf(error)], revisions: 0, heads: [], fork: [] };
  }
  return lookAt(listing, options);
}

async function lookAt(listing: Listing, { against: ref, ...options }: CheckOptions): Promise<Check> {
  const folders = [...findFolderFaults(listing)];
  const { graph, fault } = findGraph(listing);
  const project = openProject(listing, graph);
  const { config } = project;
  const { checkFiles } = await import('./check-files.ts');
  const { checkApprovals } = await import('./check-approvals.ts');
  const missing = new Set(folders.map(({ subject }) => subject ?? ''));
  const heads = fault === undefined ? headsOf(graph) : [];
  const compared = ref === undefined || fault !== undefined ? undefined : await compare(project, ref);
  const findings = [
    ...folders.map((error) => findingOf(error)),
    ...(fault === undefined ? [] : [findingOf(fault)]),
    ...checkHeads(listing, graph, heads),
    ...(await checkFiles(project, missing)),
    ...checkApprovals(project),
    ...(compared?.findings ?? []),
  ];
  const outOfStep = config.schema === undefined ? [] : await compareSchema(options, findings);
  return {
    findings: [...findings, ...outOfStep],
    revisions: graph.nodes.size,
    heads: heads.map((id) => graph.nodes.get(id) as Revision),
    fork: heads.length > 1 ? forkOf(graph, heads) : (compared?.fork ?? []),
    against: compared?.against,
  };
}

/** What can't be run makes nothing that could be compared. */
async function compareSchema(options: CheckOptions, found: readonly CheckFinding[]): Promise<readonly CheckFinding[]> {
  if (found.some(({ severity, code }) => severity === 'error' && code !== 'multiple-heads')) return [];
  return (await import('./check-schema.ts')).checkSchema(options);
}

async function compare(project: Project, ref: string): Promise<AgainstResult> {
  const { checkAgainst } = await import('./check-against.ts');
  return checkAgainst(project, ref);
}

/** Of one that is at fault, the revisions alone: their files are looked at all the same. */
function findGraph(listing: Listing): { readonly graph: Graph<Revision>; readonly fault?: UpdownError } {
  let graph: Graph<Revision> | undefined;
  const fault = faultOf(() => {
    graph = buildListed(listing);
  });
  if (graph !== undefined) return { graph };
  const { revisions } = listing.manifest;
  const order = revisions.map(({ id }) => id);
  return {
    fault: fault!,
    graph: {
      order,
      nodes: new Map(revisions.map((revision) => [revision.id, revision])),
      position: new Map(order.map((id, index) => [id, index])),
      children: new Map(),
      dependents: new Map(),
      dependencies: new Map(),
      labels: new Map(),
    },
  };
}

function wordConflict(
  { settled, shownFolder }: Listing,
  graph: Graph<Revision>,
  heads: readonly string[],
): CheckFinding {
  const { line = 1, excerpt, hasMarkers, newcomers } = settled ?? {};
  return {
    code: 'conflict',
    severity: 'error',
    message: hasMarkers
      ? `Git left a conflict in the manifest${heads.length > 1 ? `, and both sides together have ${heads.length} heads: ${listNames(heads)}` : ''}`
      : 'The manifest has a revision twice, as git leaves it where it keeps the lines of both sides',
    place: { file: `${shownFolder}/${manifestName}`, line, column: 1, excerpt },
    hint:
      heads.length > 1
        ? settleHeads(graph, heads, newcomers)
        : 'Write the lines of both sides, each revision once: updown merge',
  };
}

function checkHeads(listing: Listing, graph: Graph<Revision>, heads: readonly string[]): readonly CheckFinding[] {
  if (listing.settled !== undefined) return [wordConflict(listing, graph, heads)];
  if (heads.length < 2) return [];
  return [
    {
      code: 'multiple-heads',
      severity: 'error',
      message: `The revisions have ${heads.length} heads: ${listNames(heads)}`,
      hint: settleHeads(graph, heads),
    },
  ];
}

/** Any code that a finding may have. */
function readCode(code: string): CheckCode {
  const known = [...errorCodes, ...checkCodes];
  const found = known.find((one) => one === code);
  if (found !== undefined) return found;
  throw new UpdownError('usage', `"${code}" is not the code of a finding`, {
    hint: didYouMean(code, known) ?? 'updown check prints the code of each finding in parentheses after "error".',
  });
}
