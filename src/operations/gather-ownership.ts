import type { CustomDomain } from '../domain/custom-domain.ts';
import type { ClaimStanding, DomainObservation } from '../domain/domain-step.ts';
import type { HostnameClaim } from '../domain/hostname-claim.ts';
import type { Proof } from '../domain/observed.ts';
import { isHeld } from '../domain/ownership.ts';
import type { DomainDeps } from './domain-deps.ts';

const NOT_LOOKED = 'not_asked' as const;

type OwnershipLook = Partial<Pick<DomainObservation, 'standing' | 'control' | 'predecessor'>>;

/** Looks at what concerns the name itself: who holds it, who had it before, whether control is proven. */
export async function gatherOwnership(deps: DomainDeps, record: CustomDomain): Promise<OwnershipLook> {
  const [standing, control, predecessor] = await Promise.all([
    needsStanding(record) ? lookAtStanding(deps, record) : NOT_LOOKED,
    record.phase === 'challenging' && record.desired === 'present' ? lookForControl(deps, record) : NOT_LOOKED,
    needsPredecessor(record) ? lookAtPredecessor(deps, record.takesOverFrom) : NOT_LOOKED,
  ]);
  return { standing, control, predecessor };
}

/** A domain whose name was taken over is told so (`claimCheckAt`); those at rest need not look by themselves. */
function needsStanding({ desired, phase, challenge, claimCheckAt }: CustomDomain): boolean {
  if (desired === 'absent') return challenge !== undefined && phase !== 'leaving' && phase !== 'releasing';
  if (phase === 'requesting' || phase === 'joining' || claimCheckAt !== undefined) return true;
  return challenge !== undefined && phase !== 'failed';
}

function needsPredecessor(
  record: CustomDomain,
): record is CustomDomain & { readonly takesOverFrom: string } {
  const { desired, phase, takesOverFrom } = record;
  if (takesOverFrom === undefined) return false;
  return desired === 'absent' ? phase !== 'leaving' && phase !== 'releasing' : phase === 'joining';
}

async function lookAtStanding({ stores }: DomainDeps, record: CustomDomain): Promise<DomainObservation['standing']> {
  const [project, claim] = await Promise.all([
    stores.projects.get({ projectId: record.projectId }),
    stores.hostnames.get({ hostname: record.domain }),
  ]);
  if (!project) return 'project_gone';
  const standing = claimStanding(record, claim);
  const lost = standing === 'claim_lost' || standing === 'taken_over';
  return project.closing && !lost ? 'project_closing' : standing;
}

function claimStanding(
  { domainId, projectId, challenge }: CustomDomain, claim: HostnameClaim | undefined,
): 'good' | ClaimStanding {
  if (claim?.domainId === domainId) return 'good';
  if (!challenge) return claim?.provenAt === undefined ? 'claim_lost' : 'taken_over';
  if (!claim) return 'claimable';
  if (claim.domainId === challenge.against) return isHeld(claim) ? 'contending' : 'claimable';
  return claim.projectId === projectId && isHeld(claim) ? 'claim_lost' : 'outrun';
}

async function lookForControl({ dns }: DomainDeps, { challenge }: CustomDomain): Promise<'not_asked' | Proof> {
  if (!challenge) return 'not_asked';
  const answer = await dns.lookup(challenge.recordName, 'TXT');
  if (answer.kind === 'unknown') return 'unknown';
  return answer.kind === 'found' && answer.values.includes(challenge.token) ? 'seen' : 'missing';
}

async function lookAtPredecessor({ stores }: DomainDeps, domainId: string): Promise<DomainObservation['predecessor']> {
  const before = await stores.domains.get({ domainId });
  if (!before || before.phase === 'releasing') return 'gone';
  if (before.takenOverAt !== undefined) return before.phase === 'failed' ? 'gone' : 'leaving';
  return before.desired === 'absent' || before.claimCheckAt !== undefined ? 'leaving' : 'untold';
}
