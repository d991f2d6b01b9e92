import t from 'tap';
import type { Test } from 'tap';
import type { DomainReplica, DomainWorldOptions } from '../support/domain-world.ts';
import { DomainWorld } from '../support/domain-world.ts';

const NAMES = ['one.example.com', 'two.example.org', '*.three.example.net'] as const;

async function open(t: Test, options: DomainWorldOptions = {}) {
  return DomainWorld.open(t, { mode: 'tenant', ...options });
}

async function live(t: Test, world: DomainWorld, replica: DomainReplica, name: string, projectId = 'p1') {
  const view = await world.add(replica, name, projectId);
  world.setRecord(view);
  await world.until(t, replica, `${name} is active`, async () => await world.phase(name) === 'active');
  return view;
}

function changes(replica: DomainReplica): string[] {
  return replica.gate.calls.filter((name) => /^(tenants\.(create|change|remove)|distributions\.change)$/.test(name));
}

void t.test('a domain goes live as a tenant of its own, and goes away again', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const view = await world.add(replica, NAMES[0]);
  t.match(view, {
    status: 'pending_validation', cloudFrontStatus: 'not_attached',
    cloudfrontCname: { recordType: 'CNAME', recordName: NAMES[0], recordValue: world.tenantTarget.routingEndpoint },
  });
  world.setRecord(view);
  await world.until(t, replica, 'CloudFront has it', async () => await world.phase(NAMES[0]) === 'deploying');
  const certificateArn = (await world.domain(NAMES[0]))?.ownCertificateArn;
  t.match(await world.tenant(NAMES[0]), {
    distributionId: world.tenantTarget.distributionId, domains: [{ name: NAMES[0], active: true }],
    certificateArn, enabled: true, deployed: false,
  });
  t.match(await replica.operations.getDomain('p1', view.domainId), { status: 'deploying', cloudFrontStatus: 'in_progress' });
  await world.until(t, replica, 'active', async () => await world.phase(NAMES[0]) === 'active');
  t.match(await replica.operations.getDomain('p1', view.domainId), {
    status: 'active', isActive: true, certificateArn, cloudFrontStatus: 'deployed', certificateStatus: 'ISSUED',
  });
  t.same(changes(replica), ['tenants.create'], 'with one change');
  t.same(world.accepted.aliases, [], 'and none of the distribution');
  await world.settle(t, replica);
  t.same(changes(replica), ['tenants.create'], 'then nothing more is done');
  await world.checkTidy(t);

  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  t.same(changes(replica), ['tenants.create', 'tenants.change', 'tenants.remove']);
  t.same(world.cloud.acm.all(), []);
  await world.checkTidy(t);
});
