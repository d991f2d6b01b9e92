import t from 'tap';
import type { Served } from '../support/anchor-client.ts';
import { type RunningAnchor, startAnchor } from '../support/running-anchor.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROLLBACKS = 10;
/** Fifty visits a second. */
const VISIT_EVERY_MS = 20;
/** Visits that have to be answered by the new version before it is moved again. */
const VISITS_BETWEEN = 10;

void t.test('visitors notice nothing of ten rollbacks to and fro', async (t) => {
  const anchor = await startAnchor(t);
  const { domainName } = await anchor.cloud.distribution();
  const builds = await anchor.builds();
  const visitors = new Visitors(anchor, domainName);
  for (let i = 0; i < ROLLBACKS; i++) {
    const target = builds[i % 2 === 0 ? 0 : 1];
    await anchor.rollBack(target.deploymentId);
    // Only visits that began after the answer count: none of them may see the old version.
    const begun = visitors.begun;
    const since = await waitUntil(`${VISITS_BETWEEN} visits after rollback ${i + 1}`, async () => {
      const visits = visitors.answered.filter(({ number }) => number >= begun);
      return visits.length >= VISITS_BETWEEN ? visits : undefined;
    });
    t.ok(since.every(({ deploymentId }) => deploymentId === target.deploymentId), `rollback ${i + 1} is seen at once`);
  }
  const visits = await visitors.leave();
  t.comment(`${visits.length} visits`);
  t.ok(visits.length >= ROLLBACKS * VISITS_BETWEEN);
  t.same(visitors.failures, [], 'every visit was answered');
  t.same(visits.filter(({ status }) => status !== 200), [], 'with 200');
  const seen = new Set(visits.map(({ version, deploymentId }) => `${version} ${deploymentId}`));
  t.same([...seen].sort(), builds.map(({ deploymentId }, i) => `${i + 1} ${deploymentId}`), 'and one of the two builds');
});

/** Ask the edge at a steady rate, whether or not earlier answers have come. */
class Visitors {
  begun = 0;
  readonly answered: (Served & { readonly number: number })[] = [];
  readonly failures: unknown[] = [];
  readonly #underway = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(anchor: RunningAnchor, hostname: string) {
    this.#timer = setInterval(() => {
      const visit = this.#visit(anchor, hostname, this.begun++).finally(() => this.#underway.delete(visit));
      this.#underway.add(visit);
    }, VISIT_EVERY_MS);
  }

  async #visit(anchor: RunningAnchor, hostname: string, number: number): Promise<void> {
    try {
      this.answered.push({ ...await anchor.visit(hostname), number });
    } catch (error) {
      this.failures.push(error);
    }
  }

  async leave(): Promise<readonly Served[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#underway);
    return this.answered;
  }
}
