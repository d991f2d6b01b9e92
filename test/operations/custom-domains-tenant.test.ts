import t from 'tap';
import type { Test } from 'tap';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { ProjectDefaults } from '../../src/domain/project.ts';
import type { TenantState } from '../../src/domain/tenant.ts';
import { addDomain } from '../../src/operations/add-domain.ts';
import type { CloudErrorKind } from '../../src/ports/cloud-error.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
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

void t.test('each domain has a tenant, and none is changed for another', async (t) => {
  const world = await open(t, { settings: { distributionNameLimit: 1 } });
  const replica = world.replica();
  for (const [at, name] of NAMES.entries()) await live(t, world, replica, name, at === 1 ? 'p2' : 'p1');
  t.same(world.cloud.cloudFront.tenants.list().map(({ revisions }) => revisions.length), [1, 1, 1]);
  t.same(changes(replica), ['tenants.create', 'tenants.create', 'tenants.create']);
  t.ok(world.servedUnder('any.three.example.net'), 'a wildcard serves the names under it');
  await world.settle(t, replica);
  await world.checkTidy(t);
  const [first] = await world.allDomains();
  await replica.operations.removeDomain(first?.projectId ?? '', first?.domainId ?? '');
  await world.until(t, replica, 'gone', async () => (await world.allDomains()).length === 2);
  t.same(world.cloud.cloudFront.tenants.list().map(({ revisions }) => revisions.length), [1, 1]);
  await world.checkTidy(t);
});

void t.test('a domain keeps the way it was added with', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const view = await live(t, world, replica, NAMES[0]);
  await world.stores.projects.update({ projectId: 'p1' }, { remove: ['edge'] });
  await live(t, world, replica, NAMES[1]);
  t.same(world.accepted.aliases, [NAMES[1]], 'the next one is on the distribution');
  t.equal(world.cloud.cloudFront.tenants.list().length, 1);
  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  t.same(world.cloud.cloudFront.tenants.list(), []);
  await world.settle(t, replica);
  await world.checkTidy(t);
});

void t.test('where the tenants are made is the project\'s own choice or the installation\'s', async (t) => {
  const world = await open(t);
  const { tenantTarget } = world;
  const none = {
    serverFunctionName: undefined, imageFunctionName: undefined, distributionId: undefined, distributionDomain: undefined,
  };
  const addWith = (defaults: ProjectDefaults) => world.clock.run(
    addDomain({ ...world.replica().deps, defaults })('p1', { domain: NAMES[0] }));
  await world.stores.projects.update({ projectId: 'p1' }, { set: { edge: { mode: 'tenant' } } });
  await t.rejects(addWith(none), { code: 'distribution_not_configured', message: /TENANT_DISTRIBUTION_ID/ });
  await world.stores.projects.update({ projectId: 'p1' }, { set: { edge: { mode: 'tenant', distributionId: 'E1' } } });
  await t.rejects(addWith({ ...none, tenants: tenantTarget }), { code: 'distribution_not_configured' }, 'one of two is not enough');
  await world.stores.projects.update({ projectId: 'p1' }, { remove: ['edge'] });
  await addWith({ ...none, edgeMode: 'tenant', tenants: { distributionId: 'E9', routingEndpoint: 'd9.cloudfront.net' } });
  const record = await world.domain(NAMES[0]);
  t.match(record, { edgeMode: 'tenant', distributionId: 'E9', distributionDomain: 'd9.cloudfront.net' });
  t.equal(record?.connectionGroupId, undefined);
});

void t.test('a name that another distribution has fails with the way out, and can be removed', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const theirs = await world.newDistribution('theirs');
  const state = await world.distributions.read(theirs);
  if (!state) throw new Error('no distribution');
  const certificateArn = await world.issue(NAMES[0]);
  await world.distributions.change(state, { aliases: [NAMES[0]], viewerCertificate: { kind: 'acm', certificateArn } });
  const view = await world.add(replica, NAMES[0]);
  world.setRecord(view);
  await world.until(t, replica, 'failed', async () => await world.phase(NAMES[0]) === 'failed');
  t.match(await replica.operations.getDomain('p1', view.domainId), { status: 'failed', statusMessage: /Another CloudFront distribution/ });
  await replica.operations.removeDomain('p1', view.domainId);
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  await world.checkTidy(t, { certificates: [certificateArn] });
});

void t.test('what somebody changes about a tenant is put right at the regular look', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  await live(t, world, replica, NAMES[0]);
  const own = (await world.domain(NAMES[0]))?.ownCertificateArn;
  const another = await world.issue(NAMES[0]);
  const edits: Record<string, (tenant: TenantState) => Promise<unknown>> = {
    'was disabled': (tenant) => world.tenants.change(tenant, { enabled: false }),
    'has another certificate': (tenant) => (
      world.tenants.change(tenant, { enabled: true, domain: NAMES[0] as Hostname, certificateArn: another })),
    'has another domain': async (tenant) => world.tenants.change(tenant, {
      enabled: true, domain: 'else.example.com' as Hostname, certificateArn: await world.issue('else.example.com'),
    }),
    'was deleted': async (tenant) => {
      const disabled = await world.tenants.change(tenant, { enabled: false });
      world.clock.advance(world.cloud.settings.deployTimeMs);
      await world.tenants.remove(disabled);
    },
  };
  for (const [what, edit] of Object.entries(edits)) {
    const tenant = await world.tenant(NAMES[0]);
    if (!tenant) throw new Error('no tenant');
    await edit(tenant);
    const end = world.clock.now() + 2 * world.settings.tenantCheckMs;
    while (world.clock.now() < end) {
      world.clock.advance(500);
      await replica.worker.runUntilIdle(10);
    }
    t.equal(await world.phase(NAMES[0]), 'active', `a tenant that ${what}`);
    t.match(await world.tenant(NAMES[0]), {
      enabled: true, deployed: true, certificateArn: own, domains: [{ name: NAMES[0], active: true }],
    }, 'is as it was');
    t.equal(world.servedUnder(NAMES[0]), own);
  }
});

void t.test('a certificate that somebody replaced and deleted is asked for anew', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  await live(t, world, replica, NAMES[0]);
  const [tenant, record] = [await world.tenant(NAMES[0]), await world.domain(NAMES[0])];
  if (!tenant || !record?.ownCertificateArn) throw new Error('no tenant');
  const certificateArn = await world.issue(NAMES[0]);
  await world.tenants.change(tenant, { enabled: true, domain: record.domain, certificateArn });
  world.clock.advance(world.cloud.settings.deployTimeMs);
  await world.until(t, replica, 'deleted', async () => (
    await world.certificates.remove(record.ownCertificateArn ?? '') !== 'in_use'));
  await world.until(t, replica, 'a second one', async () => (await world.domain(NAMES[0]))?.certificateGeneration === 2);
  await world.until(t, replica, 'served by it', async () => {
    const now = await world.domain(NAMES[0]);
    return now?.phase === 'active' && world.servedUnder(NAMES[0]) === now.ownCertificateArn;
  });
  await world.settle(t, replica);
  await world.checkTidy(t, { certificates: [certificateArn] });
});

void t.test('a creation whose answer was lost is found again by its name', async (t) => {
  for (const wanted of ['present', 'absent'] as const) {
    const world = await open(t);
    const dying = world.replica({ after: ({ name }) => { if (name === 'tenants.create') dying.gate.kill(); } });
    const view = await world.add(dying, NAMES[0]);
    world.setRecord(view);
    await world.until(t, dying, 'the process dies', () => dying.gate.dead);
    t.equal(world.cloud.cloudFront.tenants.list().length, 1);
    const replica = world.replica();
    if (wanted === 'absent') await replica.operations.removeDomain('p1', view.domainId);
    const phase = wanted === 'present' ? 'active' : 'gone';
    await world.until(t, replica, phase, async () => await world.phase(NAMES[0]) === phase);
    t.same(changes(replica), wanted === 'present' ? [] : ['tenants.change', 'tenants.remove']);
    await world.checkTidy(t);
  }
});

void t.test('a creation that lands late leaves nothing behind, whenever it lands', async (t) => {
  for (const moment of ['leaving', 'releasing', 'gone'] as const) {
    const world = await open(t);
    const slowed: { send?: () => void; sent?: Promise<unknown> } = {};
    const slow = world.replica({ before: async ({ name }) => {
      if (name === 'tenants.create') await new Promise<void>((resolve) => { slowed.send = resolve; });
    } });
    const view = await world.add(slow, NAMES[0]);
    world.setRecord(view);
    for (let rounds = 0; rounds < 200 && !slowed.send; rounds++) {
      world.clock.advance(500);
      slowed.sent = slow.worker.runUntilIdle(10);
      for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    }
    const land = async () => { slowed.send?.(); await slowed.sent; };
    const replica = world.replica({ before: async ({ name }) => {
      if (name === 'certificates.remove' && moment === 'releasing') await land();
    } });
    await replica.operations.removeDomain('p1', view.domainId);
    if (moment === 'leaving') await land();
    await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
    if (moment === 'gone') await land();
    await world.settle(t, replica);
    const late = moment === 'gone' ? slow.cloudErrors.some(({ awsName }) => awsName === 'InvalidArgument')
      : changes(replica).includes('tenants.remove');
    t.ok(late, moment === 'gone' ? 'without its certificate CloudFront refuses it' : 'what has landed is taken away');
    t.same(world.cloud.cloudFront.tenants.list(), [], `no tenant is left of one that lands while it is ${moment}`);
    t.same(world.cloud.acm.all(), []);
    await world.checkTidy(t);
  }
});

void t.test('what AWS does not do at once is tried again', async (t) => {
  const world = await open(t);
  let trouble: CloudError | undefined;
  const replica = world.replica({ before: ({ name }) => {
    if (/^tenants\.(create|change|read)/.test(name) && trouble && trouble.operation === name) throw trouble;
  } });
  const view = await world.add(replica, NAMES[0]);
  world.setRecord(view);

  trouble = failure('tenants.read', 'unavailable', 'ServiceUnavailable');
  await world.until(t, replica, 'it cannot be seen', async () => (await world.domain(NAMES[0]))?.attempts === 2);
  t.same(changes(replica), [], 'nothing is done on what cannot be seen');
  trouble = failure('tenants.create', 'throttled', 'Throttling');
  await world.until(t, replica, 'throttled', () => changes(replica).length >= 2);
  t.equal((await world.domain(NAMES[0]))?.reason, undefined, 'and nobody is bothered with it');
  trouble = failure('tenants.create', 'refused', 'InvalidArgument');
  await world.until(t, replica, 'told', async () => /InvalidArgument/.test((await world.domain(NAMES[0]))?.reason ?? ''));
  const looks = describes(replica);
  await world.until(t, replica, 'the certificate is looked at anew', () => describes(replica) > looks, 600_000);
  trouble = undefined;
  await world.until(t, replica, 'active', async () => await world.phase(NAMES[0]) === 'active', 600_000);

  trouble = failure('tenants.change', 'stale', 'PreconditionFailed');
  await replica.operations.removeDomain('p1', view.domainId);
  const before = changes(replica).length;
  await replica.worker.runUntilIdle(10);
  t.equal(changes(replica).length, before + 4, 'a stale ETag is read again at once, and after some time not so often');
  trouble = undefined;
  await world.until(t, replica, 'gone', async () => await world.phase(NAMES[0]) === 'gone');
  await world.checkTidy(t);
});

function describes(replica: DomainReplica): number {
  return replica.gate.calls.filter((name) => name === 'certificates.describe').length;
}

function failure(operation: string, kind: CloudErrorKind, awsName: string): CloudError {
  return new CloudError({ kind, service: 'cloudfront', operation, awsName, message: `cloudfront: ${awsName}` });
}

void t.test('a certificate that ends is replaced on the tenant, once the record is there', async (t) => {
  const DAY_MS = 24 * 3_600_000;
  const world = await open(t, { settings: { renewalCheckMs: DAY_MS, tenantCheckMs: DAY_MS } });
  const replica = world.replica();
  const view = await live(t, world, replica, NAMES[0]);
  await world.settle(t, replica);
  const old = (await world.domain(NAMES[0]))?.ownCertificateArn ?? '';
  const { certificateExpiresAt } = await replica.operations.getDomain('p1', view.domainId);
  world.cloud.zone.remove(view.dnsInstructions.recordName ?? '');
  world.clock.advance((certificateExpiresAt ?? 0) + 2 * DAY_MS - world.clock.now());
  await replica.worker.runUntilIdle();
  t.match(await world.domain(NAMES[0]), { phase: 'validating', certificateGeneration: 2, retiredCertificateArns: [old] });
  world.setRecord(view);
  await world.until(t, replica, 'served again', async () => await world.phase(NAMES[0]) === 'active', 600_000);
  await world.until(t, replica, 'the old one is deleted', () => world.certificate(old) === undefined, 600_000);
  t.same(changes(replica), ['tenants.create', 'tenants.change'], 'on the tenant that was there');
  await world.checkTidy(t);
});

void t.test('a project may have outside changes told instead of put right', async (t) => {
  const world = await open(t);
  const replica = world.replica();
  const view = await live(t, world, replica, NAMES[0]);
  await world.stores.projects.update({ projectId: 'p1' }, { set: { onDomainDrift: 'report' } });
  const tenant = await world.tenant(NAMES[0]) as TenantState;
  await world.tenants.change(tenant, { enabled: false });
  world.clock.advance(world.settings.tenantCheckMs + world.settings.renewalCheckMs + 10_000);
  await replica.worker.runUntilIdle();
  t.match(await replica.operations.getDomain('p1', view.domainId), {
    status: 'drifted', isActive: false, statusMessage: /disabled the distribution tenant.*left as they are/,
  });
  await world.settle(t, replica);
  t.same(changes(replica), ['tenants.create'], 'nothing is touched');
  await world.stores.projects.update({ projectId: 'p1' }, { set: { onDomainDrift: 'repair' } });
  await world.until(t, replica, 'put right once that is wanted', async () => await world.phase(NAMES[0]) === 'active');
  t.same(changes(replica), ['tenants.create', 'tenants.change']);
});
