import {
  type Approval,
  type ApprovedStep,
  endOf,
  listApprovals,
  readApproval,
  shownApproval,
} from '../project/approval.ts';
import { faultOf, type Project } from '../project/load.ts';
import { type CheckFinding, findingOf } from './finding.ts';

/** An approval that can't be read is an error; one that counts still and is not of these files any more is a note. */
export function checkApprovals(project: Project): readonly CheckFinding[] {
  let digests: readonly string[] = [];
  const unlisted = faultOf(() => {
    digests = listApprovals(project);
  });
  if (unlisted !== undefined) return [findingOf(unlisted)];
  return digests.flatMap((digest) => {
    let approval: Approval | undefined;
    const fault = faultOf(() => {
      approval = readApproval(project, digest);
    });
    if (fault !== undefined) return [findingOf(fault)];
    if (approval === undefined || approval.project !== project.manifest.project) return [];
    if (Date.now() > (endOf(approval.until) ?? 0)) return [];
    return wordOutdated(project, approval);
  });
}

function wordOutdated(project: Project, { digest, by, steps }: Approval): readonly CheckFinding[] {
  const changed = steps.find((step) => isChanged(project, step));
  if (changed === undefined) return [];
  const shown = shownApproval(project, digest);
  return [
    {
      code: 'approval-outdated',
      severity: 'note',
      message: `The approval by ${by} is of a plan that the files do not make any more: ${changed.op} of revision "${changed.id}" is another one`,
      revision: changed.id,
      place: { file: shown, line: 1, column: 1 },
      hint: `If the plan may run as it is now, approve it: updown approve. Then remove "${shown}".`,
    },
  ];
}

/** What can't be read is told by itself. */
function isChanged(project: Project, { op, id, sha256 }: ApprovedStep): boolean {
  if (!project.graph.nodes.has(id)) return true;
  if (sha256 === undefined || (op !== 'up' && op !== 'down')) return false;
  let digest: string | undefined;
  const fault = faultOf(() => {
    digest = project.read(id, op).digest;
  });
  return fault === undefined && digest !== sha256;
}
