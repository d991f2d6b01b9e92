import t from 'tap';
import type { Test } from 'tap';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { EdgeMode } from '../../src/domain/project-edge.ts';
import { edgeFor } from '../../src/operations/edge-for.ts';
import type { DomainEdge } from '../../src/ports/edge.ts';
import type { EdgeWorld } from '../ports/edge-contract.ts';
import { edgeContract } from '../ports/edge-contract.ts';
import { DomainWorld } from '../support/domain-world.ts';

async function embedded(t: Test, mode: EdgeMode): Promise<EdgeWorld> {
  const world = await DomainWorld.open(t, { mode });
  const replica = world.replica();
  const theirs = await world.newDistribution('theirs');
  const byMode = (record: CustomDomain): DomainEdge => edgeFor(replica.deps, record);
  let domains = 0;
  if (mode === 'tenant') {
    const domain = 'shop.example.net' as Hostname;
    await world.tenants.create({
      name: 'theirs', ...world.tenantTarget, domain, certificateArn: await world.issue(domain), projectId: 'theirs',
    });
  }
  return {
    edge: {
      standing: (record) => byMode(record).standing(record),
      join: (record) => byMode(record).join(record),
      leave: (record) => byMode(record).leave(record),
      hurry: (record) => byMode(record).hurry(record),
    },
    readyDomain: async (name) => domainIn(world, mode, {
      domainId: `dom_${++domains}`, domain: name as Hostname, ownCertificateArn: await world.issue(name),
    }),
    work: () => world.tick(t, replica, 1_000),
    servedUnder: (name) => world.servedUnder(name),
    holdElsewhere: async (name) => {
      const state = await world.distributions.read(theirs);
      if (!state) throw new Error('no distribution');
      const certificateArn = await world.issue(name);
      await world.distributions.change(state, { aliases: [name], viewerCertificate: { kind: 'acm', certificateArn } });
      world.clock.advance(world.cloud.settings.deployTimeMs);
    },
    foreign: () => [
      world.cloud.cloudFront.get(theirs).revisions, world.cloud.cloudFront.tenants.list().filter(({ name }) => name === 'theirs'),
    ],
  };
}

function domainIn(world: DomainWorld, mode: EdgeMode, changes: Partial<CustomDomain>): CustomDomain {
  const { distributionId, routingEndpoint, connectionGroupId } = world.tenantTarget;
  const target = mode === 'distribution' ? { distributionId: world.distributionId, distributionDomain: 'd1.cloudfront.net' } : {
    edgeMode: mode, distributionId, distributionDomain: routingEndpoint, ...(connectionGroupId && { connectionGroupId }),
  };
  return {
    domainId: 'dom_1', projectId: 'p1', domain: 'one.example.com' as Hostname, ...target, desired: 'present', phase: 'joining',
    certificateGeneration: 1, certificateStatus: 'ISSUED', cloudFrontStatus: 'not_attached', createdAt: 1, updatedAt: 1,
    revision: 1, attempts: 0, ...changes,
  };
}

for (const mode of ['distribution', 'tenant'] as const) {
  void t.test(`the way onto CloudFront in mode ${mode}`, async (t) => edgeContract(t, (t) => embedded(t, mode)));
}
