import t from 'tap';
import type { Test } from 'tap';
import type { DomainSettings } from '../../src/domain/domain-settings.ts';
import type { DomainView } from '../../src/domain/domain-view.ts';
import { covers } from '../../src/domain/name-coverage.ts';
import { aliasesOf, certificateArnOf } from '../../src/local-cloud/cloudfront/distribution-config.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import type { DomainReplica } from '../support/domain-world.ts';
import { DomainWorld } from '../support/domain-world.ts';
import type { CallSite, Fault } from '../support/failing-world.ts';
import { foreignAlias } from '../support/foreign-names.ts';
import { isWrite, Restarting } from '../support/restarting.ts';

const SHOP = 'shop.example.com';
const OTHERS = ['one.example.org', 'two.example.net'] as const;

/** `CRASH_STRIDE=1` dies after every write of the story; by default after every thirtieth one. */
const STRIDE = Number(process.env.CRASH_STRIDE ?? 30);

/** A distribution that is not ours serves the shop; ours serves whatever a test adds. */
class MovingWorld {
  readonly world: DomainWorld;
  replica: DomainReplica;
  sourceId = '';
  sourceCertificate = '';

  constructor(world: DomainWorld, fault: Fault) {
    this.world = world;
    this.replica = world.replica(fault);
  }

  static async open(t: Test, fault: Fault = {}, settings: Partial<DomainSettings> = {}): Promise<MovingWorld> {
    const moving = new MovingWorld(await DomainWorld.open(t, { settings }), fault);
    moving.sourceId = await moving.world.newDistribution('other');
    moving.sourceCertificate = await foreignAlias(moving.world, SHOP, moving.sourceId);
    return moving;
  }

  get target(): string {
    return this.world.cloud.cloudFront.get(this.world.distributionId).domainName;
  }

  setTxt(value = this.target): void {
    this.world.cloud.zone.set({ name: `_${SHOP}`, type: 'TXT', values: [value] });
  }

  /** Time passes until it holds; at every moment on the way one distribution has the name and can serve it. */
  async until(t: Test, what: string, holds: () => Promise<boolean>, mostMs = 300_000): Promise<void> {
    const end = this.world.clock.now() + mostMs;
    while (!await holds()) {
      if (this.world.clock.now() > end) throw new Error(`never: ${what}\n${await this.world.dump()}`);
      await this.world.tick(t, this.replica);
      this.checkOnOne(t);
    }
    t.pass(what);
  }

  /** As accepted and as viewers meet it. */
  checkOnOne(t: Test): void {
    for (const at of [Infinity, this.world.clock.now()]) {
      const holders = this.world.cloud.cloudFront.list().flatMap(({ id, revisions }) => {
        const config = revisions.findLast(({ deployedAt }) => deployedAt <= at)?.config;
        const has = config !== undefined && aliasesOf(config).includes(SHOP);
        return has ? [{ id, certificate: this.world.certificate(certificateArnOf(config)) }] : [];
      });
      const good = holders.length === 1 && holders.every(({ certificate }) => (
        certificate?.status === 'ISSUED' && covers(certificate.names, SHOP)
      ));
      if (!good) t.fail(`${SHOP} is on ${JSON.stringify(holders)}`);
    }
    if (!this.world.cloud.cloudFront.resolve(SHOP)) t.fail(`${SHOP} is not served`);
  }

  /** Our domain waits for the move. */
  async held(t: Test): Promise<DomainView> {
    this.world.setRecord(await this.world.add(this.replica, SHOP));
    await this.until(t, 'AWS has told who has it', async () => (await this.world.domain(SHOP))?.held?.holder !== undefined);
    return this.view();
  }

  async view(): Promise<DomainView> {
    const { domainId = '' } = await this.world.domain(SHOP) ?? {};
    return this.world.clock.run(this.replica.operations.getDomain('p1', domainId));
  }

  isActive(name: string = SHOP): Promise<boolean> {
    return this.world.phase(name).then((phase) => phase === 'active');
  }

  calls(name: string): number {
    return this.replica.gate.calls.filter((each) => each === name).length;
  }

  async sourceLetsGo(): Promise<void> {
    const state = await this.world.distributions.read(this.sourceId);
    if (state) await this.world.distributions.change(state, { aliases: [], viewerCertificate: state.viewerCertificate });
  }

  async checkTidy(t: Test): Promise<void> {
    await this.world.settle(t, this.replica);
    await this.world.checkTidy(t, { certificates: [this.sourceCertificate] });
  }
}

function cloudError(kind: CloudError['kind'], awsName: string): CloudError {
  return new CloudError({ kind, service: 'cloudfront', operation: 'Any', awsName, message: `cloudfront: ${awsName}` });
}

void t.test('a name that another distribution has is moved here once its owner asks for it in DNS', async (t) => {
  const moving = await MovingWorld.open(t);
  const { world } = moving;
  const view = await moving.held(t);
  t.match(view, {
    status: 'pending_move', isActive: false, cloudFrontStatus: 'not_attached',
    statusMessage: /^shop\.example\.com is held by the CloudFront distribution \*+\w+ of this AWS account\. Set the TXT record _shop/,
    moveInstructions: {
      recordType: 'TXT', recordName: `_${SHOP}`, recordValue: moving.target,
      heldBy: { resourceType: 'distribution', resourceId: /^\*+/, accountId: /^\*+/ },
    },
  });
  t.ok(moving.sourceId.endsWith(view.moveInstructions?.heldBy?.resourceId.replace(/^\*+/, '') ?? '?'), 'AWS hides a part');
  t.ok(view.nextCheckAt);

  moving.setTxt('dsomebodyelse.cloudfront.net');
  const changes = moving.calls('distributions.change');
  await world.settle(t, moving.replica);
  t.equal((await moving.view()).status, 'pending_move', 'a record with another value asks for something else');
  t.equal(moving.calls('distributions.move'), 0);
  t.equal(moving.calls('distributions.change'), changes, 'waiting changes nothing');

  moving.setTxt();
  await moving.until(t, 'active', () => moving.isActive());
  t.match(await moving.view(), { status: 'active', moveInstructions: null, statusMessage: /is served over HTTPS/ });
  t.equal(moving.calls('distributions.move'), 1);
  t.same(world.accepted.aliases, [SHOP]);
  await moving.checkTidy(t);
});

void t.test('other names go on while one waits for its record, and with it when it comes', async (t) => {
  const moving = await MovingWorld.open(t);
  const { world, replica } = moving;
  for (const name of [SHOP, OTHERS[0]]) world.setRecord(await world.add(replica, name));
  await moving.until(t, 'the other is active', () => moving.isActive(OTHERS[0]));
  t.equal((await moving.view()).status, 'pending_move');
  world.setRecord(await world.add(replica, OTHERS[1], 'p2'));
  await moving.until(t, 'and one more', () => moving.isActive(OTHERS[1]));
  t.same(world.certificate(world.accepted.certificateArn)?.names.toSorted(), [...OTHERS].sort(),
    'a name that waits is not in the next certificate');
  await world.settle(t, replica);
  t.match((await world.edge())?.members, { [SHOP]: { state: 'held', held: { holder: { name: SHOP, sameAccount: true } } } });

  moving.setTxt();
  await moving.until(t, 'active', () => moving.isActive());
  t.same(world.accepted.aliases, [SHOP, ...OTHERS].sort());
  await moving.checkTidy(t);

  const { domainId = '' } = await world.domain(SHOP) ?? {};
  await replica.operations.removeDomain('p1', domainId);
  await world.until(t, replica, 'and it leaves as any other', async () => await world.phase(SHOP) === 'gone');
});

void t.test('a name that its holder lets go of is taken up without a move', async (t) => {
  const moving = await MovingWorld.open(t);
  await moving.held(t);
  await moving.sourceLetsGo();
  await moving.world.until(t, moving.replica, 'active', () => moving.isActive());
  t.equal(moving.calls('distributions.move'), 0);
  await moving.checkTidy(t);
});

void t.test('also where AWS cannot be asked who has it, though not often', async (t) => {
  const moving = await MovingWorld.open(t);
  const { world, replica } = moving;
  for (const name of [SHOP, OTHERS[0]]) world.setRecord(await world.add(replica, name));
  await moving.until(t, 'the other is active', () => moving.isActive(OTHERS[0]));
  world.setRecord(await world.add(replica, OTHERS[1]));
  await moving.until(t, 'and one more', () => moving.isActive(OTHERS[1]));
  const requests = moving.calls('certificates.request');
  for (let i = 0; i < 24; i++) await world.tick(t, replica, 10_000);
  const tried = moving.calls('certificates.request') - requests;
  t.ok(tried >= 1 && tried <= 4, `${tried} certificates in four minutes`);
  await moving.sourceLetsGo();
  await world.until(t, replica, 'active', () => moving.isActive(), 1_000_000);
  await moving.checkTidy(t);
});

void t.test('a verification tries it at once', async (t) => {
  const moving = await MovingWorld.open(t, {}, { replanAfterMs: 3_600_000 });
  const { world, replica } = moving;
  for (const name of [SHOP, OTHERS[0]]) world.setRecord(await world.add(replica, name));
  await moving.until(t, 'the other is active', () => moving.isActive(OTHERS[0]));
  world.setRecord(await world.add(replica, OTHERS[1]));
  await moving.until(t, 'and one more', () => moving.isActive(OTHERS[1]));
  const { domainId = '' } = await world.domain(SHOP) ?? {};
  t.match(await world.clock.run(replica.operations.diagnoseDomain('p1', domainId)), {
    status: 'pending_move', ok: false, summary: `_${SHOP} does not exist in DNS: add a TXT record with the name _${SHOP} and the `
      + `value "${moving.target}" at your DNS provider.`,
    records: [{ purpose: 'validation', state: 'correct' }, { purpose: 'move', type: 'TXT', state: 'missing' }, { purpose: 'routing' }],
  });
  await moving.sourceLetsGo();
  for (let i = 0; i < 12; i++) await world.tick(t, replica, 10_000);
  t.equal((await world.domain(SHOP))?.phase, 'joining', 'by itself that takes an hour');
  t.match(await world.clock.run(replica.operations.verifyDomain('p1', domainId)), { status: 'pending_move' });
  await world.until(t, replica, 'active', () => moving.isActive(), 120_000);
  await moving.checkTidy(t);
});

void t.test('a domain that is removed while it waits leaves the name where it is', async (t) => {
  for (const wanted of ['held', 'moving'] as const) {
    const moving = await MovingWorld.open(t);
    const { world, replica } = moving;
    const view = await moving.held(t);
    if (wanted === 'moving') {
      moving.setTxt();
      const state = await world.distributions.read(world.distributionId);
      if (state) await world.distributions.change(state, state);
      await moving.until(t, 'moving', async () => (await world.edge())?.members[SHOP as never]?.state === 'moving');
    }
    await replica.operations.removeDomain('p1', view.domainId);
    await moving.until(t, `gone from ${wanted}`, async () => await world.phase(SHOP) === 'gone');
    moving.checkOnOne(t);
    t.equal(moving.calls('distributions.move'), 0);
    await moving.checkTidy(t);
    t.same(world.accepted, { aliases: [], certificateArn: undefined });
  }
});

void t.test('a name that was served and is taken by another distribution waits to be moved back', async (t) => {
  const moving = await MovingWorld.open(t);
  const { world } = moving;
  await moving.held(t);
  moving.setTxt();
  await moving.until(t, 'active', () => moving.isActive());
  const source = await world.distributions.read(moving.sourceId);
  if (!source) throw new Error('no source');
  moving.setTxt(source.domainName);
  await world.distributions.move(source, SHOP);
  world.clock.advance(world.settings.driftCheckMs);
  await moving.replica.worker.runUntilIdle(10);
  await moving.until(t, 'held', async () => (await moving.view()).status === 'pending_move');
  t.match(await moving.view(), { isActive: false, moveInstructions: { recordValue: moving.target } });
  moving.setTxt();
  await moving.until(t, 'active again', () => moving.isActive());
});

void t.test('what AWS answers to the move', async (t) => {
  const failing = (error: CloudError, times: number, moment: 'before' | 'after' = 'before'): Fault => {
    let left = times;
    return { [moment]: ({ name }: CallSite) => {
      if (name === 'distributions.move' && left-- > 0) throw error;
    } };
  };
  const story = async (t: Test, fault: Fault): Promise<MovingWorld> => {
    const moving = await MovingWorld.open(t, fault);
    await moving.held(t);
    moving.setTxt();
    return moving;
  };
  await t.test('is a throttle', async (t) => {
    const moving = await story(t, failing(cloudError('throttled', 'ThrottlingException'), 3));
    await moving.until(t, 'active', () => moving.isActive());
    t.equal(moving.calls('distributions.move'), 4);
  });
  await t.test('is lost, though it was done', async (t) => {
    const moving = await story(t, failing(cloudError('unknown_outcome', 'TimeoutError'), 1, 'after'));
    await moving.until(t, 'active', () => moving.isActive());
    t.equal(moving.calls('distributions.move'), 1, 'it is read back');
  });
  await t.test('is that the distribution has changed since', async (t) => {
    const moving = await story(t, failing(cloudError('stale', 'PreconditionFailed'), 5));
    await moving.until(t, 'active', () => moving.isActive());
    t.equal(moving.calls('distributions.move'), 6);
  });
  await t.test('is a refusal, which is told, and tried again', async (t) => {
    const moving = await story(t, failing(cloudError('refused', 'IllegalUpdate'), 2));
    await moving.until(t, 'told', async () => /refused the last attempt/.test((await moving.view()).statusMessage));
    t.match(await moving.view(), { status: 'pending_move', statusMessage: /IllegalUpdate/ });
    await moving.until(t, 'active', () => moving.isActive());
    t.equal(moving.calls('distributions.move'), 3);
  });
  await t.test('matters not while it does not tell who has the name', async (t) => {
    const moving = await MovingWorld.open(t, { before: ({ name }) => {
      if (name === 'distributions.conflicts') throw cloudError('denied', 'AccessDenied');
    } });
    moving.world.setRecord(await moving.world.add(moving.replica, SHOP));
    await moving.until(t, 'held', async () => (await moving.view()).status === 'pending_move');
    t.match(await moving.view(), { statusMessage: /AWS has not told which one/, moveInstructions: { heldBy: null } });
    moving.setTxt();
    await moving.until(t, 'active', () => moving.isActive());
  });
});

async function moveStory(t: Test, moving: MovingWorld, process: Restarting): Promise<void> {
  const { world } = moving;
  const check = () => moving.checkOnOne(t);
  const is = (name: string) => async () => moving.isActive(name);
  for (const name of [OTHERS[0], SHOP]) {
    await process.do(({ operations }) => operations.addDomain('p1', { domain: name }));
    await process.until(t, `${name} has its record`, async () => (await world.domain(name))?.validation !== undefined, check);
    const { domain } = await process.do(({ operations }) => operations.addDomain('p1', { domain: name }));
    world.setRecord(domain);
    if (name !== SHOP) await process.until(t, 'one name is active', is(name), check);
  }
  await process.until(t, 'held', async () => (await world.domain(SHOP))?.held !== undefined, check);
  moving.setTxt();
  await process.until(t, 'the moved name is active', is(SHOP), check);
  await process.until(t, 'nothing is left to do', async () => {
    const edge = await world.edge();
    return edge?.next === undefined && edge?.retired.length === 0 && edge.serving?.names.length === 2;
  }, check);
  t.ok(await moving.isActive(OTHERS[0]));
  await world.checkTidy(t, { certificates: [moving.sourceCertificate] });
}

void t.test('a process may die at any point of a move', async (t) => {
  let writes = 0;
  const calm = await MovingWorld.open(t);
  await moveStory(t, calm, new Restarting(calm.world, () => ({ after: (call) => { if (isWrite(call)) writes += 1; } })));
  t.ok(writes > 40, `${writes} writes`);
  for (let fatal = 1; fatal <= writes; fatal += STRIDE) {
    const moving = await MovingWorld.open(t);
    let count = 0;
    let last = '';
    const process = new Restarting(moving.world, (die) => ({ after: (call) => {
      if (!isWrite(call) || ++count !== fatal) return;
      last = call.name;
      die();
    } }));
    await moveStory(t, moving, process);
    t.equal(process.deaths, 1, `died after write ${fatal}, ${last}`);
    moving.world.close();
  }
});
