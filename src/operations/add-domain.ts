import type { DomainTarget } from '../domain/choose-edge.ts';
import { domainTarget, edgeOf } from '../domain/choose-edge.ts';
import type { CustomDomain, HostnameClaim } from '../domain/custom-domain.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Hostname } from '../domain/hostname.ts';
import { parseHostname } from '../domain/hostname.ts';
import type { Project } from '../domain/project.ts';
import { viewDomain } from '../domain/view-domain.ts';
import { dueShardOf } from '../ports/stores.ts';
import { claimHostname, dropClaim } from './claim-hostname.ts';
import { roomTaken } from './distribution-edge.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findOpenProject } from './find-project.ts';
import type { Operations } from './operations.ts';
import { reconcileDomain } from './reconcile-domain.ts';
import { withinTime } from './within-time.ts';

const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 1_000;
/** More of one project's domains than fit on any distribution. */
const MOST_WAITING = 100;

/**
 * Claims the name, writes the domain, asks for its certificate, and waits a little for the DNS
 * record that proves control. Whatever AWS does, a domain that was written is answered; the worker
 * goes on with it. Throws `project_not_found`, `project_busy`, `invalid_hostname`,
 * `distribution_not_configured`, `distribution_full`, `hostname_taken`, `domain_deleting`.
 */
export function addDomain(deps: DomainDeps): Operations['addDomain'] {
  return async (projectId, input) => {
    const project = await findOpenProject(deps.stores, projectId);
    const hostname = hostnameFrom(input.domain);
    const target = targetFrom(deps, project);
    const known = await deps.stores.hostnames.get({ hostname });
    if (known?.projectId !== projectId) await refuseIfFull(deps, projectId, target);
    const claim = await claimHostname(deps, {
      hostname, projectId, domainId: deps.ids.next('dom'), claimedAt: deps.clock.now(),
    });
    const before = await deps.stores.domains.get({ domainId: claim.domainId });
    if (before) return { created: false, domain: viewDomain(unlessDeleting(before)) };
    await checkProjectStays(deps, claim);
    const { created, record } = await write(deps, claim, target);
    if (created) await pollForRecord(deps, record);
    return { created, domain: viewDomain(await present(deps, record)) };
  };
}

function hostnameFrom(text: string): Hostname {
  const parsed = parseHostname(text);
  if (parsed.ok) return parsed.hostname;
  throw new AnchorError('invalid_hostname', parsed.reason, { errors: [{ field: 'body/domain', message: parsed.reason }] });
}

function targetFrom({ defaults }: DomainDeps, project: Project): DomainTarget {
  const target = domainTarget(project, defaults);
  if (target) return target;
  if (edgeOf(project, defaults).mode === 'tenant') {
    throw new AnchorError('distribution_not_configured',
      'The project\'s domains are distribution tenants, but no multi-tenant distribution is known. Set distributionId and '
      + 'routingEndpoint in the project\'s edge, or TENANT_DISTRIBUTION_ID and TENANT_ROUTING_ENDPOINT for the installation.');
  }
  throw new AnchorError('distribution_not_configured',
    'The project has no CloudFront distribution. Set distributionId and distributionDomain on the project, '
    + 'or CLOUDFRONT_DISTRIBUTION_ID and CLOUDFRONT_DOMAIN for the installation.');
}

/** Counts what is on the distribution and what this project is about to bring; when names join it is counted again. */
async function refuseIfFull(deps: DomainDeps, projectId: string, target: DomainTarget): Promise<void> {
  if (target.edgeMode === 'tenant') return;
  const { distributionId } = target;
  const [edge, domains] = await Promise.all([
    deps.stores.edges.get({ distributionId }),
    deps.stores.domains.query({ index: 'byProject', hash: projectId, order: 'descending', limit: MOST_WAITING }),
  ]);
  const waiting = domains.filter((domain) => (
    domain.distributionId === distributionId && domain.desired === 'present'
    && ['requesting', 'validating'].includes(domain.phase)
  ));
  const limit = deps.settings.distributionNameLimit;
  if (roomTaken(edge) + waiting.length < limit) return;
  throw new AnchorError('distribution_full',
    `The project's distribution carries ${limit} names, or is about to, and one certificate holds no more. Remove a `
    + 'domain, raise the limit (ACM\'s quota of names per certificate goes up to 100), or give the project a '
    + 'distribution of its own.');
}

function unlessDeleting(record: CustomDomain): CustomDomain {
  if (record.desired === 'present') return record;
  throw domainDeleting(record);
}

function domainDeleting({ domain }: CustomDomain): AnchorError {
  return new AnchorError('domain_deleting',
    `${domain} is being deleted in this project. Add it again when it is gone.`, { retryAfterSeconds: 30 });
}

/** The project may have begun to close since it was read; the claim must not outlive it. */
async function checkProjectStays(deps: DomainDeps, claim: HostnameClaim): Promise<void> {
  try {
    await findOpenProject(deps.stores, claim.projectId);
  } catch (error) {
    if (error instanceof AnchorError) await dropClaim(deps, claim);
    throw error;
  }
}

/** Due soon, so that the worker goes on with it should this process die; until then this request does. */
async function write(
  deps: DomainDeps, { domainId, hostname, projectId }: HostnameClaim, target: DomainTarget,
): Promise<{ created: boolean; record: CustomDomain }> {
  const now = deps.clock.now();
  const record: CustomDomain = {
    domainId, projectId, domain: hostname, ...target,
    desired: 'present', phase: 'requesting',
    certificateGeneration: 1, certificateRequestedAt: now, certificateStatus: 'REQUESTED',
    cloudFrontStatus: 'not_attached', createdAt: now, updatedAt: now, revision: 1, attempts: 0,
    dueShard: dueShardOf(domainId), dueAt: now + deps.settings.pollForRecordMs,
  };
  const made = await deps.stores.domains.create(record);
  return made.created ? { created: true, record } : { created: false, record: made.existing };
}

/** Ends with the record known, with AWS failing (the worker's back-off applies), or with the time. */
async function pollForRecord(deps: DomainDeps, { domainId }: CustomDomain): Promise<void> {
  await withinTime(deps.clock, deps.settings.pollForRecordMs, async (signal) => {
    for (let delayMs = FIRST_POLL_MS; !signal.aborted;) {
      const pass = await reconcileDomain(deps, domainId);
      if (pass === 'again') continue;
      const record = await deps.stores.domains.get({ domainId });
      if (!record || record.validation || record.attempts > 0 || record.desired === 'absent') return;
      await deps.clock.sleep(delayMs, signal);
      delayMs = Math.min(delayMs * 2, LONGEST_POLL_MS);
    }
  });
}

/** The worker's first look may have found the project gone, or the name given to another meanwhile. */
async function present(deps: DomainDeps, written: CustomDomain): Promise<CustomDomain> {
  const record = await deps.stores.domains.get({ domainId: written.domainId });
  if (record?.desired === 'present') return record;
  await findOpenProject(deps.stores, written.projectId);
  throw domainDeleting(written);
}
