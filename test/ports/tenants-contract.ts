import type { Test } from 'tap';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { TenantPlan, TenantState } from '../../src/domain/tenant.ts';
import type { Tenants } from '../../src/ports/tenants.ts';
import { rejectsAs } from './rejects-as.ts';

/** A world with one multi-tenant distribution and no tenant. */
export interface TenantsWorld {
  readonly tenants: Tenants;
  readonly distributionId: string;
  /** The ARN of a new issued certificate for this name. */
  readonly issuedCertificate: (name: string) => Promise<string>;
  readonly letDeployFinish: () => Promise<void>;
  /** The platform changes the tenant's revision by itself. */
  readonly touch: (state: TenantState) => Promise<void>;
}

const A = 'a.example.com' as Hostname;
const B = '*.b.example.com' as Hostname;

/** What every implementation of the `Tenants` port must do. A new world for every test. */
export async function tenantsContract(t: Test, newWorld: (t: Test) => Promise<TenantsWorld>): Promise<void> {
  await t.test('makes a tenant, finds it by its name, and says when it is deployed', async (t) => {
    const world = await newWorld(t);
    t.equal(await world.tenants.read('one'), undefined);
    const plan = await planFor(world, A);
    const made = await world.tenants.create(plan);
    t.match(made, {
      name: 'one', id: /./, etag: /./, distributionId: world.distributionId, certificateArn: plan.certificateArn,
      domains: [{ name: A, active: true }], enabled: true, deployed: false, changedAt: Number,
    });
    t.same(await read(world), made);
    await world.letDeployFinish();
    t.match(await read(world), { deployed: true, etag: made.etag });
  });

  await t.test('takes a wildcard', async (t) => {
    const world = await newWorld(t);
    t.match(await world.tenants.create(await planFor(world, B)), { domains: [{ name: B, active: true }] });
  });

  await t.test('answers the tenant that is there when it is to be made again', async (t) => {
    const world = await newWorld(t);
    const plan = await planFor(world, A);
    const made = await world.tenants.create(plan);
    t.same(await world.tenants.create(plan), made);
    const other = await planFor(world, B);
    t.same(await world.tenants.create(other), made, 'whatever it was to be made with');
  });

  await t.test('refuses a name that another has', async (t) => {
    const world = await newWorld(t);
    const plan = await planFor(world, A);
    await world.tenants.create(plan);
    await rejectsAs(t, world.tenants.create({ ...plan, name: 'two' }), 'conflict', { awsName: 'CNAMEAlreadyExists' });
    t.equal(await world.tenants.read('two'), undefined);
  });

  await t.test('refuses a certificate that does not cover the name, and a distribution that is not there', async (t) => {
    const world = await newWorld(t);
    const plan = await planFor(world, A);
    await rejectsAs(t, world.tenants.create({ ...plan, domain: B }), 'refused');
    await rejectsAs(t, world.tenants.create({ ...plan, distributionId: 'E00000000NOBODY' }), 'not_found');
    t.equal(await world.tenants.read('one'), undefined);
  });

  await t.test('disables, and enables under another certificate', async (t) => {
    const world = await newWorld(t);
    const made = await world.tenants.create(await planFor(world, A));
    const off = await world.tenants.change(made, { enabled: false });
    t.match(off, { enabled: false, deployed: false, certificateArn: made.certificateArn, domains: [{ name: A }] });
    t.not(off.etag, made.etag);
    const certificateArn = await world.issuedCertificate(A);
    const on = await world.tenants.change(off, { enabled: true, domain: A, certificateArn });
    t.match(on, { enabled: true, certificateArn, domains: [{ name: A, active: true }] });
    t.same(await read(world), on);
  });

  await t.test('refuses what rests on an older read, and changes nothing', async (t) => {
    const world = await newWorld(t);
    const made = await world.tenants.create(await planFor(world, A));
    await world.touch(made);
    await rejectsAs(t, world.tenants.change(made, { enabled: false }), 'stale');
    await rejectsAs(t, world.tenants.change({ ...made, etag: '' }, { enabled: false }), 'stale', { awsName: 'InvalidIfMatchVersion' });
    await rejectsAs(t, world.tenants.remove(made), 'stale');
    t.match(await read(world), { enabled: true });
  });

  await t.test('removes a tenant that is disabled and deployed, and no other', async (t) => {
    const world = await newWorld(t);
    const made = await world.tenants.create(await planFor(world, A));
    await world.letDeployFinish();
    await rejectsAs(t, world.tenants.remove(made), 'conflict', { awsName: 'ResourceNotDisabled' });
    const off = await world.tenants.change(made, { enabled: false });
    await rejectsAs(t, world.tenants.remove(off), 'conflict', { awsName: 'ResourceNotDisabled' });
    await world.letDeployFinish();
    await world.tenants.remove(off);
    t.equal(await world.tenants.read('one'), undefined);
    await world.tenants.remove(off);
    t.pass('one that is gone counts as removed');
  });
}

async function planFor(world: TenantsWorld, domain: Hostname): Promise<TenantPlan> {
  const certificateArn = await world.issuedCertificate(domain);
  return { name: 'one', distributionId: world.distributionId, domain, certificateArn, projectId: 'prj_1' };
}

async function read({ tenants }: TenantsWorld): Promise<TenantState> {
  const state = await tenants.read('one');
  if (!state) throw new Error('no tenant');
  return state;
}
