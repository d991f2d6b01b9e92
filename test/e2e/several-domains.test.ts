import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { type RunningAnchor, startAnchor } from '../support/running-anchor.ts';
import { waitUntil } from '../support/wait-until.ts';

void t.test('three domains on one distribution', async (t) => {
  const anchor = await startAnchor(t);
  const { id } = await anchor.cloud.distribution();
  const watch = new Watch(anchor, id);
  t.teardown(() => watch.end());

  const names = ['one.example.com', 'two.example.org', 'three.example.net'];
  const domains = [];
  for (const name of names) {
    const domain = await anchor.bringLive(name);
    domains.push(domain);
    watch.expectServed(name);
    await watch.seeAgain();
    t.same(await anchor.cloud.aliases(id), names.slice(0, domains.length).sort(), `${name} is active`);
  }
  const [, middle] = domains;
  if (!middle) throw new Error('there is no middle domain');

  watch.expectNothingOf(middle.domain);
  await anchor.removeDomain(middle.domainId);
  await anchor.untilGone(middle.domainId);
  await watch.seeAgain();
  t.equal((await anchor.visit(middle.domain)).status, 403, 'the middle one is gone');
  t.same(await anchor.cloud.aliases(id), ['one.example.com', 'three.example.net']);

  const seen = await watch.end();
  t.comment(`${seen.visits} visits, ${seen.configurations} looks at the configuration`);
  t.same(seen.failures, [], 'whatever was active stayed served, and every alias covered, at every look');
  t.ok(seen.visits > 0 && seen.configurations > 0);
  const left = await waitUntil('a single certificate is left', async () => {
    const [first, ...others] = await anchor.cloud.certificateArns();
    return others.length === 0 ? first : undefined;
  }, { describe: () => anchor.cloud.certificateArns() });
  t.equal((await anchor.cloud.distributionConfig(id)).ViewerCertificate?.ACMCertificateArn, left, 'the one in use');
});

const LOOK_EVERY_MS = 15;

/** Looks again and again: visits what has to be served, and asks CloudFront which certificate covers which aliases. */
class Watch {
  visits = 0;
  configurations = 0;
  readonly failures: string[] = [];
  readonly #anchor: RunningAnchor;
  readonly #distributionId: string;
  readonly #served = new Set<string>();
  readonly #looking: Promise<void>;
  #rounds = 0;
  #ended = false;

  constructor(anchor: RunningAnchor, distributionId: string) {
    this.#anchor = anchor;
    this.#distributionId = distributionId;
    this.#looking = this.#look();
  }

  expectServed(hostname: string): void {
    this.#served.add(hostname);
  }

  expectNothingOf(hostname: string): void {
    this.#served.delete(hostname);
  }

  /** Resolves after a whole look that began later than the call. */
  async seeAgain(): Promise<void> {
    const enough = this.#rounds + 2;
    await waitUntil('the watch has looked again', async () => (this.#rounds >= enough ? true : undefined));
  }

  async end(): Promise<this> {
    this.#ended = true;
    await this.#looking;
    return this;
  }

  async #look(): Promise<void> {
    while (!this.#ended) {
      const looks = [...[...this.#served].map((name) => this.#visit(name)), this.#checkCover()];
      for (const look of await Promise.allSettled(looks)) {
        if (look.status === 'rejected') this.failures.push(String(look.reason));
      }
      this.#rounds++;
      await setTimeout(LOOK_EVERY_MS);
    }
  }

  async #visit(hostname: string): Promise<void> {
    const { status } = await this.#anchor.visit(hostname);
    this.visits++;
    if (status !== 200 && this.#served.has(hostname)) this.failures.push(`${hostname} answered ${status}`);
  }

  async #checkCover(): Promise<void> {
    const { aliases, arn } = await this.#configuration();
    this.configurations++;
    if (aliases.length === 0) return;
    const covered = arn === undefined ? [] : await this.#namesOf(arn);
    const bare = aliases.filter((alias) => !covered?.includes(alias));
    if (covered && bare.length > 0) this.failures.push(`${bare.join(', ')} not covered by ${arn}: ${covered.join(', ')}`);
  }

  async #configuration(): Promise<{ aliases: string[]; arn: string | undefined }> {
    const { Aliases, ViewerCertificate } = await this.#anchor.cloud.distributionConfig(this.#distributionId);
    return { aliases: Aliases?.Items ?? [], arn: ViewerCertificate?.ACMCertificateArn };
  }

  /** Undefined when the certificate went away because the distribution has another by now. */
  async #namesOf(arn: string): Promise<readonly string[] | undefined> {
    try {
      return await this.#anchor.cloud.namesOf(arn);
    } catch (error) {
      if ((await this.#configuration()).arn === arn) throw error;
      return undefined;
    }
  }
}
