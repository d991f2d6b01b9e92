import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { AnchorClient, type DomainBody } from '../support/anchor-client.ts';
import { type Child, startProgram, urlsOf } from '../support/child-process.ts';
import { CloudView } from '../support/cloud-view.ts';
import { QUICK } from '../support/running-anchor.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { waitUntil } from '../support/wait-until.ts';

/** How often the server is killed, and the seed of the moments; both are printed and can be given again. */
const KILLS = Number(process.env['KILLS'] ?? 0);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
/** Active before the first story and to the end. */
const KEPT = 'kept.example.com';

const skip = KILLS === 0 && 'KILLS=1 kills it once; .ci/run does so ten times';

void t.test('a server that is killed while domains come and go', { skip }, async (t) => {
  const dataDir = t.testdir();
  const start = () => startServer(t, dataDir);
  const random = seededRandom(SEED);
  t.comment(`replay with KILLS=${KILLS} KILL_SEED=${SEED}`);

  let running = await start();
  await running.client.bringLive(KEPT);
  const undisturbed = new Story('round-0.example.com', undefined);
  const begunAt = performance.now();
  await undisturbed.tell(running.client);
  const takesMs = performance.now() - begunAt;

  let before = undisturbed;
  for (let round = 1; round <= KILLS; round++) {
    const story = new Story(`round-${round}.example.com`, before.added);
    const killAfterMs = Math.round(random() * takesMs);
    const told = story.tell(running.client).then(() => 'told', (error: unknown) => String(error));
    await setTimeout(killAfterMs);
    await running.child.kill('SIGKILL');
    t.comment(`round ${round}: killed after ${killAfterMs} of ${Math.round(takesMs)} ms, ${story.state} (${await told})`);

    running = await start();
    await story.tell(running.client);
    t.match(await running.client.visit(story.name), { status: 200 }, `round ${round}: the new domain is served`);
    t.match(await running.client.visit(KEPT), { status: 200 }, `round ${round}: so is the one that was there all along`);
    t.match(await running.client.visit(before.name), { status: 403 }, `round ${round}: the old one is gone`);
    before = story;
  }
  await t.test('leaves behind what is in use and nothing else', (t) => leavesNothing(t, running));
  t.same(await running.child.kill('SIGTERM'), { code: 0, signal: null });
});

/**
 * What a person does: adds one name, sets its record, removes another name, and looks until all of it is done. Told
 * again after a crash it repeats only what was not answered.
 */
class Story {
  readonly name: string;
  added: DomainBody | undefined;
  readonly #leaving: DomainBody | undefined;
  #recordIsSet = false;
  #removalIsAsked = false;

  constructor(name: string, leaving: DomainBody | undefined) {
    this.name = name;
    this.#leaving = leaving;
  }

  get state(): string {
    const answered = { added: this.added, 'record set': this.#recordIsSet, 'removal asked': this.#removalIsAsked };
    return Object.entries(answered).filter(([, done]) => done).map(([step]) => step).join(', ') || 'nothing answered';
  }

  async tell(client: AnchorClient): Promise<void> {
    this.added ??= await client.addDomain(this.name);
    if (!this.#recordIsSet) await client.setRecord(this.added);
    this.#recordIsSet = true;
    if (this.#leaving && !this.#removalIsAsked) await askRemoval(client, this.#leaving);
    this.#removalIsAsked = true;
    await client.untilActive(this.added);
    if (this.#leaving) await client.untilGone(this.#leaving.domainId);
  }
}

/** Asked a second time it may be gone already. */
async function askRemoval(client: AnchorClient, { domainId }: DomainBody): Promise<void> {
  const { status, text } = await client.ask('DELETE', `/projects/test/domains/${domainId}`);
  if (status !== 202 && status !== 404) throw new Error(`removing ${domainId} answered ${status}: ${text}`);
}

interface Running {
  readonly child: Child;
  readonly client: AnchorClient;
}

async function startServer(t: Test, dataDir: string): Promise<Running> {
  const child = startProgram(t, 'main', { ...QUICK, DATA_DIR: dataDir, WORKER_LEASE_MS: '1000' });
  return { child, client: new AnchorClient(await urlsOf(child)) };
}

async function leavesNothing(t: Test, { client }: Running): Promise<void> {
  const cloud = new CloudView(client.urls.cloudUrl);
  t.teardown(() => cloud.close());
  const { id } = await cloud.distribution();
  const domains = await client.read<DomainBody[]>('GET', '/projects/test/domains', [200]);
  t.same(await cloud.aliases(id), domains.map(({ domain }) => domain).sort());
  const serving = (await cloud.distributionConfig(id)).ViewerCertificate?.ACMCertificateArn;
  const named = async () => new Set([serving, ...(await client.read<DomainBody[]>('GET', '/projects/test/domains', [200]))
    .map(({ certificateArn }) => certificateArn)]);
  const left = await waitUntil('every certificate is one that a record names', async () => {
    const [arns, names] = [await cloud.certificateArns(), await named()];
    return arns.every((arn) => names.has(arn)) ? arns : undefined;
  }, { describe: () => cloud.certificateArns() });
  t.same(left, [serving]);

  for (const domain of domains) await client.removeDomain(domain.domainId);
  for (const domain of domains) await client.untilGone(domain.domainId);
  const none = await waitUntil('no certificate is left', async () => (
    (await cloud.certificateArns()).length === 0 ? true : undefined
  ), { describe: () => cloud.certificateArns() });
  t.ok(none, 'and once the last domain is removed there is nothing left at all');
  t.same(await cloud.aliases(id), []);
}
