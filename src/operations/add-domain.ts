import type { DomainTarget } from '../domain/choose-edge.ts';
import { domainTarget, edgeOf } from '../domain/choose-edge.ts';
import type { CustomDomain } from '../domain/custom-domain.ts';
import type { DomainPair } from '../domain/domain-pair.ts';
import { AnchorError } from '../domain/errors.ts';
import type { Hostname } from '../domain/hostname.ts';
import { isApex, parseHostname } from '../domain/hostname.ts';
import type { Project } from '../domain/project.ts';
import { viewDomain } from '../domain/view-domain.ts';
import { beginDomain, domainDeleting } from './begin-domain.ts';
import type { DomainDeps } from './domain-deps.ts';
import { findOpenProject } from './find-project.ts';
import type { DomainInput, Operations } from './operations.ts';
import { wantPair } from './pair-domains.ts';
import { reconcileDomain } from './reconcile-domain.ts';
import { withinTime } from './within-time.ts';

const FIRST_POLL_MS = 100;
const LONGEST_POLL_MS = 1_000;

/**
 * Claims the name, writes the domain, asks for its certificate, and waits a little for the DNS
 * record that proves control. Whatever AWS does, a domain that was written is answered; the worker
 * goes on with it. A name that others have or had is answered with the record that proves control to
 * Anchor, and no certificate is asked for before it is seen. Throws `invalid_request`,
 * `project_not_found`, `project_busy`, `invalid_hostname`, `distribution_not_configured`,
 * `distribution_full`, `hostname_taken`, `domain_deleting`.
 */
export function addDomain(deps: DomainDeps): Operations['addDomain'] {
  return async (projectId, input) => {
    const project = await findOpenProject(deps.stores, projectId);
    const hostname = hostnameFrom(deps, project, input.domain);
    const pair = pairFrom(hostname, input);
    const target = targetFrom(deps, project);
    const { created, record } = await beginDomain(deps, {
      projectId, hostname, target, takeOver: input.takeOver ?? false, pair,
    });
    if (!created && pair) await wantPair(deps, record.domainId, pair);
    if (created || pair) await pollForRecord(deps, record);
    return { created, domain: viewDomain(await present(deps, record)) };
  };
}

function hostnameFrom(deps: DomainDeps, project: Project, text: string): Hostname {
  const own = [...deps.platformDomains, deps.defaults.distributionDomain, project.distributionDomain,
    domainTarget(project, deps.defaults)?.distributionDomain];
  const parsed = parseHostname(text, own.filter((name) => name !== undefined));
  if (parsed.ok) return parsed.hostname;
  throw new AnchorError('invalid_hostname', parsed.reason, { errors: [{ field: 'body/domain', message: parsed.reason }] });
}

/** Nothing of a site's that Anchor may change could answer a redirect, so none is promised. */
function pairFrom(hostname: Hostname, { www = 'none', takeOver }: DomainInput): DomainPair | undefined {
  if (www === 'none') return undefined;
  if (www === 'redirect') {
    throw badPair('cannot be "redirect": the functions on the distribution are the site\'s own, so Anchor cannot answer a '
      + 'redirect there. Use "also", and let the site redirect: in next.config.js, redirects() with '
      + `has: [{ type: "host", value: "www.${hostname}" }].`);
  }
  if (!isApex(hostname)) {
    throw badPair(`is for a domain registered as such, like example.com; ${hostname} is none. Leave it out.`);
  }
  return { domain: `www.${hostname}` as Hostname, role: 'apex', state: 'wanted', ...(takeOver && { takeOver: true }) };
}

function badPair(message: string): AnchorError {
  return new AnchorError('invalid_request', `www ${message}`, { errors: [{ field: 'body/www', message }] });
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

/** Ends with nothing left to tell at once, with AWS failing (the worker's back-off applies), or with the time. */
async function pollForRecord(deps: DomainDeps, { domainId }: CustomDomain): Promise<void> {
  await withinTime(deps.clock, deps.settings.pollForRecordMs, async (signal) => {
    for (let delayMs = FIRST_POLL_MS; !signal.aborted;) {
      if (isTold(await deps.stores.domains.get({ domainId }))) return;
      if (await reconcileDomain(deps, domainId) === 'again') continue;
      if (isTold(await deps.stores.domains.get({ domainId }))) return;
      await deps.clock.sleep(delayMs, signal);
      delayMs = Math.min(delayMs * 2, LONGEST_POLL_MS);
    }
  });
}

/** A proof that was just asked for is not looked for yet: resolvers remember for long that a record is not there. */
function isTold(record: CustomDomain | undefined): boolean {
  if (!record || record.desired === 'absent' || record.attempts > 0) return true;
  if (record.pair?.state === 'wanted') return false;
  return record.phase !== 'requesting' && (record.phase !== 'validating' || record.validation !== undefined);
}

/** The worker's first look may have found the project gone, or the name given to another meanwhile. */
async function present(deps: DomainDeps, written: CustomDomain): Promise<CustomDomain> {
  const record = await deps.stores.domains.get({ domainId: written.domainId });
  if (record?.desired === 'present') return record;
  await findOpenProject(deps.stores, written.projectId);
  throw domainDeleting(written.domain);
}
