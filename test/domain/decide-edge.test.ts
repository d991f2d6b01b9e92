import t from 'tap';
import type { Test } from 'tap';
import type { Certificate, CertificateValidation } from '../../src/domain/certificate.ts';
import { decideEdge } from '../../src/domain/decide-edge.ts';
import type { ViewerCertificate } from '../../src/domain/distribution.ts';
import { LOCAL_DOMAIN_SETTINGS as settings } from '../../src/domain/domain-settings.ts';
import type { SeenDistribution } from '../../src/domain/edge-names.ts';
import { memberOf } from '../../src/domain/edge-names.ts';
import type { EdgeDecision, EdgeObservation } from '../../src/domain/edge-step.ts';
import type { Edge, EdgeMember, EdgeNext, MemberState } from '../../src/domain/edge.ts';
import { newEdge } from '../../src/domain/edge.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import { NOT_ASKED } from '../../src/domain/observed.ts';
import type { Observed } from '../../src/domain/observed.ts';
import { afterNameConflict, dropNext, withoutCertificate } from '../../src/domain/refuse-members.ts';

const NOW = 10_000_000_000;
const A = 'a.example.com' as Hostname;
const B = 'b.example.com' as Hostname;
const C = 'c.example.com' as Hostname;
const SHARED = 'arn:shared';
const NEXT = 'arn:next';
const TARGET = 'd1.cloudfront.net';
const BASELINE: ViewerCertificate = { kind: 'acm', certificateArn: 'arn:theirs' };

function edge(changes: Partial<Edge> = {}): Edge {
  return { ...newEdge('E1'), generation: 4, ...changes };
}

function member(name: Hostname, state: MemberState, changes: Partial<EdgeMember> = {}): Record<Hostname, EdgeMember> {
  return { [name]: { domainId: `dom-${name}`, projectId: 'p', state, since: NOW - 60_000, ...changes } };
}

function own(name: Hostname): string {
  return `arn:own-${name}`;
}

/** Noted before, at a look that found it. */
const off = { drift: { kind: 'alias_removed', foundAt: NOW - 9 } } as const;
const swapped = { drift: { kind: 'certificate_replaced', foundAt: NOW - 9 } } as const;

/** A is served, alone, by a shared certificate; the distribution shows it. */
const serving = { certificateArn: SHARED, names: [A], deployed: true };
const served = { members: member(A, 'served'), serving, baseline: { kind: 'default' } } as const;

function seen(
  aliases: readonly string[], arn: string | undefined, changes: Partial<SeenDistribution> = {},
): EdgeObservation['distribution'] {
  const viewerCertificate: ViewerCertificate = arn === undefined ? { kind: 'default' } : { kind: 'acm', certificateArn: arn };
  return { kind: 'found', value: {
    distributionId: 'E1', etag: 'e', domainName: 'd1.cloudfront.net', config: {}, deployed: true, aliases, viewerCertificate, ...changes,
  } };
}

function next(names: [string, ...string[]], changes: Partial<EdgeNext> = {}): { next: EdgeNext } {
  return { next: { generation: 4, names, projectId: 'p', plannedAt: NOW - 60_000, requestedAt: NOW - 5_000, certificateArn: NEXT, ...changes } };
}

function certificate(changes: Partial<Certificate> = {}, pending: readonly string[] = []): Observed<Certificate> {
  const validations: CertificateValidation[] = [A, B, C].map((name) => ({
    name, status: pending.includes(name) ? 'PENDING_VALIDATION' : 'SUCCESS',
    record: { name: `_x.${name}`, type: 'CNAME', value: '_y.acm-validations.aws' },
  }));
  return { kind: 'found', value: {
    arn: NEXT, names: [], status: 'PENDING_VALIDATION', failureReason: undefined, validations, inUse: false, notAfter: undefined, ...changes,
  } };
}

const issued = certificate({ status: 'ISSUED' });

/** One line of the table; `edge` in `then` is what is recorded. */
interface Line {
  readonly what: string;
  readonly edge: Partial<Edge>;
  readonly distribution: EdgeObservation['distribution'];
  readonly seen?: Partial<EdgeObservation>;
  readonly action: EdgeDecision['action']['kind'];
  readonly then?: object;
  readonly reason?: RegExp;
  /** Milliseconds from now; undefined: never. */
  readonly inMs?: number | undefined;
}

function decide(changes: Partial<Edge>, distribution: EdgeObservation['distribution'], more: Partial<EdgeObservation> = {}): EdgeDecision {
  return decideEdge(edge(changes), { distribution, next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {}, serving: NOT_ASKED, reporting: [], held: {}, ...more }, NOW, settings);
}

function checkAll(t: Pick<Test, 'match' | 'equal'>, lines: readonly Line[]): void {
  for (const line of lines) {
    const decision = decide(line.edge, line.distribution, line.seen);
    t.match(decision.action, { kind: line.action, ...line.then }, line.what);
    if (line.reason) t.match(decision.reason, line.reason, `${line.what}, and says why`);
    if ('inMs' in line) {
      const at = line.inMs === undefined ? undefined : NOW + line.inMs;
      t.equal(decision.nextCheckAt, at, `${line.what}, and when to look again`);
    }
  }
}

void t.test('does nothing when there is nothing to do', async (t) => {
  const gone = { members: {}, departed: { [A]: NOW - 1_000 }, baseline: { kind: 'default' } } as const;
  checkAll(t, [
    { what: 'the distribution cannot be seen', edge: { ...served, reason: 'R' }, distribution: { kind: 'unknown' }, action: 'none', reason: /^R$/ },
    { what: 'all is served', edge: served, distribution: seen([A], SHARED), action: 'none', inMs: settings.driftCheckMs },
    { what: 'nobody was ever here', edge: {}, distribution: seen(['x.org'], 'arn:theirs'), action: 'record', then: { edge: { foreign: ['x.org'] } } },
    { what: 'nobody is here', edge: {}, distribution: seen([], undefined), action: 'none', inMs: undefined },
    { what: 'a member left a moment ago', edge: gone, distribution: seen([], undefined), action: 'none', inMs: settings.strayMs - 999 },
    { what: 'others deploy something', edge: served, distribution: seen([A], SHARED, { deployed: false }), action: 'none', inMs: settings.deployCheckMs },
    { what: 'a refused member waits for its domain', edge: { members: member(A, 'refused') }, distribution: seen([], undefined), action: 'none', inMs: undefined },
    { what: 'the distribution is gone', edge: { ...served, members: member(A, 'served', off) }, distribution: { kind: 'absent' }, action: 'none', reason: /no distribution E1/, inMs: settings.driftCheckMs },
    { what: 'and a member that was to leave has left it', edge: { members: member(A, 'leaving'), serving }, distribution: { kind: 'absent' },
      action: 'record', then: { edge: { members: {}, retired: [SHARED] } } },
    { what: 'the last of it is forgotten', edge: { departed: { [A]: NOW - 1 } }, distribution: { kind: 'absent' }, action: 'none', inMs: settings.driftCheckMs },
    { what: 'and then nothing', edge: {}, distribution: { kind: 'absent' }, action: 'none', inMs: undefined },
  ]);
});

void t.test('writes down what it sees before it acts', async (t) => {
  const joining = member(B, 'joining', { ownCertificateArn: own(B) });
  const attaching = member(B, 'attaching', { ownCertificateArn: own(B) });
  const both = { ...served, members: { ...member(A, 'served', { ownCertificateArn: own(A), warning: 'W' }), ...attaching }, ...next([A, B]) };
  checkAll(t, [
    { what: 'the certificate before the first change', edge: { members: joining }, distribution: seen([], 'arn:theirs'),
      action: 'record', then: { edge: { baseline: BASELINE } } },
    { what: 'but never one of ours', edge: { members: joining, retired: [NEXT] }, distribution: seen([B], NEXT),
      action: 'record', then: { edge: { baseline: undefined } } },
    { what: 'an alias that was there before us', edge: { members: joining, baseline: BASELINE }, distribution: seen([B], 'arn:theirs'),
      action: 'record', then: { edge: { members: { [B]: { foundThere: true } }, foreign: [] } } },
    { what: 'and one that is not there any more', edge: { members: member(B, 'joining', { foundThere: true }), baseline: BASELINE },
      distribution: seen([], 'arn:theirs'), action: 'record', then: { edge: { members: { [B]: { foundThere: undefined } } } } },
    { what: 'a change that was accepted', edge: both, distribution: seen([A, B], NEXT, { deployed: false }), action: 'record',
      then: { edge: { next: undefined, serving: { certificateArn: NEXT, names: [A, B], deployed: false }, retired: [SHARED],
        members: { [A]: { state: 'served', ownCertificateArn: own(A), warning: undefined }, [B]: { state: 'attached' } } } } },
    { what: 'and deployed, after which nobody needs a certificate of its own', edge: both, distribution: seen([A, B], NEXT), action: 'record',
      then: { edge: { serving: { deployed: true }, retired: [SHARED, own(A), own(B)],
        members: { [A]: { ownCertificateArn: undefined }, [B]: { state: 'served', ownCertificateArn: undefined } } } } },
    { what: 'deployment of what was accepted earlier', edge: { ...served, serving: { ...serving, deployed: false } },
      distribution: seen([A], SHARED), action: 'record', then: { edge: { serving: { deployed: true } } } },
    { what: 'a name served by its own certificate', edge: { members: attaching, baseline: BASELINE }, distribution: seen([B], own(B)),
      action: 'record', then: { edge: { serving: { certificateArn: own(B), names: [B] }, retired: [],
        members: { [B]: { state: 'served', ownCertificateArn: own(B) } } } } },
    { what: 'nothing of a name on its way out', edge: { members: member(B, 'leaving', { ownCertificateArn: own(B) }), baseline: BASELINE },
      distribution: seen([B], own(B)), action: 'change_distribution', then: { aliases: [] } },
    { what: 'that a member has left, once that is deployed', edge: { ...served, members: { ...served.members, ...member(B, 'leaving') } },
      distribution: seen([A], SHARED), action: 'record', then: { edge: { members: { [B]: undefined }, departed: { [B]: NOW } } } },
    { what: 'not before', edge: { ...served, members: { ...served.members, ...member(B, 'leaving') } },
      distribution: seen([A], SHARED, { deployed: false }), action: 'none', inMs: settings.deployCheckMs },
    { what: 'that the last certificate serves nobody', edge: { members: {}, serving, departed: { [A]: NOW } }, distribution: seen([], undefined),
      action: 'record', then: { edge: { serving: undefined, retired: [SHARED] } } },
    { what: 'that nothing can come back, and forgets what was there before us',
      edge: { departed: { [A]: NOW - settings.strayMs - 1 }, baseline: BASELINE, holdUntil: 5 }, distribution: seen([], undefined),
      action: 'record', then: { edge: { departed: {}, baseline: undefined, holdUntil: undefined } } },
  ]);
});

void t.test('takes names off under the certificate that is there', async (t) => {
  const two = { ...served, serving: { ...serving, names: [A, B] } };
  const leaving = { ...two, members: { ...served.members, ...member(B, 'leaving') } };
  const last = { ...two, members: member(B, 'leaving') };
  const foreign = { foreign: ['x.org'] };
  const change = 'change_distribution';
  checkAll(t, [
    { what: 'one of two', edge: leaving, distribution: seen([A, B], SHARED), action: change,
      then: { aliases: [A], viewerCertificate: { kind: 'acm', certificateArn: SHARED }, adding: [] } },
    { what: 'the last', edge: last, distribution: seen([B], SHARED), action: change, then: { aliases: [], viewerCertificate: { kind: 'default' } } },
    { what: 'the last of ours', edge: { ...last, ...foreign, baseline: BASELINE }, distribution: seen([B, 'x.org'], SHARED), action: change,
      then: { aliases: ['x.org'], viewerCertificate: BASELINE } },
    { what: 'the last of ours, where no other certificate can serve the rest', edge: { ...last, ...foreign }, distribution: seen([B, 'x.org'], SHARED),
      action: change, then: { aliases: ['x.org'], viewerCertificate: { kind: 'acm', certificateArn: SHARED } } },
    { what: 'after which it stays', edge: { members: {}, serving, ...foreign, departed: { [B]: NOW }, baseline: { kind: 'default' } },
      distribution: seen(['x.org'], SHARED), action: 'none' },
    { what: 'the last of ours was there before us', edge: { members: {}, serving, ...foreign, baseline: BASELINE },
      distribution: seen(['x.org'], SHARED), action: change, then: { aliases: ['x.org'], viewerCertificate: BASELINE } },
    { what: 'ours was left without a name', edge: { members: {}, serving, departed: { [B]: NOW } }, distribution: seen([], SHARED), action: change,
      then: { aliases: [], viewerCertificate: { kind: 'default' } } },
    { what: 'a name that a late change brought back', edge: { ...served, departed: { [B]: NOW - 5 } }, distribution: seen([A, B], SHARED),
      action: change, then: { aliases: [A] } },
    { what: 'also of a refused member', edge: { ...served, members: { ...served.members, ...member(B, 'refused') }, departed: { [B]: NOW - 5 } },
      distribution: seen([A, B], SHARED), action: change, then: { aliases: [A] } },
    { what: 'but not one that joins again', edge: { ...served, members: { ...served.members, ...member(B, 'joining', { since: NOW }) }, departed: { [B]: NOW - 5 } },
      distribution: seen([A, B], SHARED), action: 'record', then: { edge: { generation: 5, next: { names: [A, B] } } } },
  ]);
});

void t.test('puts outside changes right, if what is put back covers everything', async (t) => {
  const two = { ...served, serving: { ...serving, names: [A, B] }, members: { ...member(A, 'served'), ...member(B, 'served') } };
  const bOff = { ...two, members: { ...member(A, 'served'), ...member(B, 'served', off) } };
  const bothOff = { ...two, members: { ...member(A, 'served', off), ...member(B, 'served', off) } };
  const bothSwapped = { ...two, members: { ...member(A, 'served', swapped), ...member(B, 'served', swapped) } };
  const ours = { kind: 'acm', certificateArn: SHARED } as const;
  const change = 'change_distribution';
  checkAll(t, [
    { what: 'first notes that an alias was taken off', edge: two, distribution: seen([A], SHARED), action: 'record',
      then: { edge: { members: { [A]: { drift: undefined }, [B]: { drift: { kind: 'alias_removed', foundAt: NOW } } } } } },
    { what: 'or another certificate set', edge: two, distribution: seen([A, B], 'arn:theirs'), action: 'record',
      then: { edge: { members: { [A]: { drift: { kind: 'certificate_replaced', foundAt: NOW } } } } } },
    { what: 'and keeps the note until what is right again is deployed', edge: bOff, distribution: seen([A, B], SHARED, { deployed: false }),
      action: 'none' },
    { what: 'then strikes it out', edge: bOff, distribution: seen([A, B], SHARED), action: 'record', then: { edge: { members: { [B]: { drift: undefined } } } } },
    { what: 'an alias was taken off', edge: bOff, distribution: seen([A], SHARED), action: change, then: { aliases: [A, B], viewerCertificate: ours, adding: [B] } },
    { what: 'another certificate was set', edge: bothSwapped, distribution: seen([A, B], 'arn:theirs'), action: change, then: { aliases: [A, B], viewerCertificate: ours } },
    { what: 'everything was taken off', edge: bothOff, distribution: seen([], undefined), action: change, then: { aliases: [A, B], viewerCertificate: ours } },
    { what: 'one by one after a conflict', edge: { ...bothOff, oneByOne: true }, distribution: seen([], undefined), action: change, then: { aliases: [A] } },
    { what: 'until all are there', edge: { ...two, oneByOne: true }, distribution: seen([A, B], SHARED), action: 'record', then: { edge: { oneByOne: undefined } } },
    { what: 'not a name whose project wants a report', edge: bOff, distribution: seen([A], SHARED), seen: { reporting: ['p'] }, action: 'none', inMs: settings.driftCheckMs },
    { what: 'but one of another project beside it', edge: { ...two, members: { ...member(A, 'served', off), ...member(B, 'served', { ...off, projectId: 'q' }) } },
      distribution: seen([], SHARED), seen: { reporting: ['p'] }, action: change, then: { aliases: [B], adding: [B], viewerCertificate: ours } },
    { what: 'not a certificate that all want reported', edge: bothSwapped, distribution: seen([A, B], 'arn:theirs'), seen: { reporting: ['p'] }, action: 'none' },
    { what: 'but one that a single project wants back', edge: { ...two, members: { ...member(A, 'served', swapped), ...member(B, 'served', { ...swapped, projectId: 'q' }) } },
      distribution: seen([A, B], 'arn:theirs'), seen: { reporting: ['p'] }, action: change, then: { aliases: [A, B], viewerCertificate: ours } },
    { what: 'and a new name needs one for all', edge: { ...bothSwapped, members: { ...bothSwapped.members, ...member(C, 'joining') } },
      distribution: seen([A, B], 'arn:theirs'), seen: { reporting: ['p'] }, action: 'record', then: { edge: { next: { names: [A, B, C] } } } },
    { what: 'the certificate of others stays when our last name goes under it', edge: { ...two, baseline: BASELINE, foreign: ['x.org'], members: member(B, 'leaving') },
      distribution: seen([B, 'x.org'], 'arn:others'), action: change, then: { aliases: ['x.org'], viewerCertificate: { certificateArn: 'arn:others' } } },
    { what: 'an alias was added that ours does not cover', edge: { ...bothSwapped, foreign: ['x.org'] }, distribution: seen([A, B, 'x.org'], 'arn:theirs'),
      action: 'record', then: { edge: { next: { names: [A, B, 'x.org'] } } } },
    { what: 'ours is lost', edge: { members: two.members, baseline: BASELINE }, distribution: seen([A, B], SHARED),
      action: 'record', then: { edge: { next: { names: [A, B] } } } },
  ]);
});

void t.test('takes up names that wait', async (t) => {
  const alone = { members: member(B, 'joining', { ownCertificateArn: own(B) }), baseline: { kind: 'default' } } as const;
  const three = { ...served, members: { ...served.members, ...member(B, 'joining'), ...member(C, 'joining', { since: NOW - 90_000 }) } };
  const young = { ...served, members: { ...served.members, ...member(B, 'joining', { since: NOW - 100 }) } };
  const change = 'change_distribution';
  const mark = { edge: { members: { [B]: { state: 'attaching' } } } };
  checkAll(t, [
    { what: 'alone on its own certificate: writes it down', edge: alone, distribution: seen([], undefined), action: 'record', then: mark },
    { what: 'and does it', edge: { ...alone, members: member(B, 'attaching', { ownCertificateArn: own(B) }) }, distribution: seen([], undefined), action: change,
      then: { aliases: [B], viewerCertificate: { kind: 'acm', certificateArn: own(B) }, adding: [B] } },
    { what: 'not alone when others have an alias there', edge: { ...alone, baseline: BASELINE, foreign: ['x.org'] }, distribution: seen(['x.org'], 'arn:theirs'),
      action: 'record', then: { edge: { generation: 5, next: { names: [B, 'x.org'], projectId: 'p', generation: 5 } } } },
    { what: 'unless its own wildcard covers that', edge: { members: member('*.x.org' as Hostname, 'attaching', { ownCertificateArn: 'arn:w' }), baseline: BASELINE, foreign: ['a.x.org'] },
      distribution: seen(['a.x.org'], 'arn:theirs'), action: change, then: { aliases: ['a.x.org', '*.x.org'], viewerCertificate: { certificateArn: 'arn:w' } } },
    { what: 'waits for others to come along', edge: young, distribution: seen([A], SHARED), action: 'none', inMs: settings.edgeBatchWindowMs - 100 },
    { what: 'for those that come after them as well', edge: { ...young, members: { ...young.members, ...member(C, 'joining', { since: NOW - 3 * settings.edgeBatchWindowMs }) } },
      distribution: seen([A], SHARED), action: 'none', inMs: settings.edgeBatchWindowMs - 100 },
    { what: 'though not for ever', edge: { ...young, members: { ...young.members, ...member(C, 'joining', { since: NOW - 6 * settings.edgeBatchWindowMs }) } },
      distribution: seen([A], SHARED), action: 'record', then: { edge: { next: { names: [A, B, C] } } } },
    { what: 'plans one certificate for all', edge: three, distribution: seen([A], SHARED), action: 'record',
      then: { edge: { generation: 5, next: { generation: 5, names: [A, B, C], plannedAt: NOW, requestedAt: undefined } } } },
    { what: 'not before the time set after a failure', edge: { ...three, holdUntil: NOW + 7, reason: 'R' }, distribution: seen([A], SHARED), action: 'none', reason: /^R$/, inMs: 7 },
    { what: 'a name that the certificate in place is for', edge: { ...three, serving: { ...serving, names: [A, B] } }, distribution: seen([A], SHARED),
      action: 'record', then: mark },
    { what: 'at once', edge: { ...three, serving: { ...serving, names: [A, B] }, members: { ...three.members, ...member(B, 'attaching') } },
      distribution: seen([A], SHARED), action: change, then: { aliases: [A, B], adding: [B], viewerCertificate: { certificateArn: SHARED } } },
    { what: 'a certificate without names that left', edge: { ...served, serving: { ...serving, names: [A, B] }, departed: { [B]: NOW - 9_000 } },
      distribution: seen([A], SHARED), action: 'record', then: { edge: { next: { names: [A] } } } },
    { what: 'when no more leave', edge: { ...served, serving: { ...serving, names: [A, B] }, departed: { [B]: NOW - 100 } },
      distribution: seen([A], SHARED), action: 'none', inMs: settings.edgeBatchWindowMs - 100 },
  ]);
  const few = (members: Edge['members'], aliases: string[], foreign: string[] = []) => decideEdge(
    edge({ ...served, members: { ...served.members, ...members }, foreign }),
    { distribution: seen(aliases, SHARED), next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {}, serving: NOT_ASKED, reporting: [], held: {} }, NOW, { ...settings, distributionNameLimit: 2 },
  );
  t.match(few({ ...member(B, 'joining'), ...member(C, 'joining', { since: 1 }) }, [A]).action, { edge: { next: { names: [A, C] } } }, 'the longest waiting first');
  t.match(few(member(B, 'joining'), [A, 'b2.example.com'], ['b2.example.com']).action, { edge: { next: { names: [A, 'b2.example.com'] } } });
  const full = decideEdge(
    edge({ ...served, members: { ...served.members, ...member(B, 'joining') } }),
    { distribution: seen([A], SHARED), next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {}, serving: NOT_ASKED, reporting: [], held: {} }, NOW, { ...settings, distributionNameLimit: 1 },
  );
  t.match(full, { action: { kind: 'none' }, reason: /as many names/ }, 'and says that there is no room');
});

void t.test('brings the next certificate to the distribution, or gives it up', async (t) => {
  const waiting = { ...served, members: { ...served.members, ...member(B, 'joining') } };
  const at = seen([A], SHARED);
  const old = NOW - 51 * 60_000;
  const grace = NOW - settings.graceForPendingMs;
  const asked = { ...waiting, ...next([A, B]) };
  const change = 'change_distribution';
  const unlearnt = { requestedAt: old, certificateArn: undefined } as never;
  checkAll(t, [
    { what: 'writes the time down', edge: { ...waiting, ...next([A, B], { requestedAt: undefined, certificateArn: undefined } as never) }, distribution: at,
      action: 'record', then: { edge: { next: { requestedAt: NOW } } } },
    { what: 'asks for it', edge: { ...waiting, ...next([A, B], { certificateArn: undefined } as never) }, distribution: at, action: 'request_certificate' },
    { what: 'looks for it after the hour', edge: { ...waiting, ...next([A, B], unlearnt) }, distribution: at,
      seen: { nextByToken: { kind: 'found', value: NEXT } }, action: 'record', then: { edge: { next: { certificateArn: NEXT } } } },
    { what: 'asks anew when there is none', edge: { ...waiting, ...next([A, B], unlearnt) }, distribution: at,
      seen: { nextByToken: { kind: 'absent' } }, action: 'record', then: { edge: { next: { requestedAt: NOW } } } },
    { what: 'unless it is not wanted any more', edge: { ...served, ...next([A, B], unlearnt) }, distribution: at,
      seen: { nextByToken: { kind: 'absent' } }, action: 'record', then: { edge: { next: undefined, retired: [] } } },
    { what: 'does nothing when that is unknown', edge: { ...waiting, ...next([A, B], unlearnt) }, distribution: at,
      seen: { nextByToken: { kind: 'unknown' } }, action: 'none' },
    { what: 'drops a plan that is for names that left', edge: { ...served, ...next([A, B], { requestedAt: undefined, certificateArn: undefined } as never) },
      distribution: at, action: 'record', then: { edge: { next: undefined, retired: [] } } },
    { what: 'learns of the certificate first if one may exist', edge: { ...served, ...next([A, B], { certificateArn: undefined } as never) },
      distribution: at, action: 'request_certificate' },
    { what: 'and deletes it later', edge: { ...served, ...next([A, B]) }, distribution: at, action: 'record', then: { edge: { next: undefined, retired: [NEXT] } } },
    { what: 'drops one that does not cover a new alias of others', edge: { ...asked, foreign: ['x.org'] }, distribution: seen([A, 'x.org'], SHARED),
      action: 'record', then: { edge: { retired: [NEXT] } } },
    { what: 'does nothing when ACM does not answer', edge: asked, distribution: at, seen: { next: { kind: 'unknown' } }, action: 'none' },
    { what: 'waits for one that ACM does not know yet', edge: asked, distribution: at, seen: { next: { kind: 'absent' } }, action: 'none' },
    { what: 'plans anew when somebody deleted it', edge: { ...waiting, ...next([A, B], { requestedAt: NOW - 61_000 }) }, distribution: at,
      seen: { next: { kind: 'absent' } }, action: 'record', then: { edge: { next: undefined, retired: [] } } },
    { what: 'waits while it is pending', edge: asked, distribution: at, seen: { next: certificate({}, [B]) }, action: 'none' },
    { what: 'also when ACM only lists it as pending', edge: asked, distribution: at, seen: { next: { kind: 'still_pending', listedAt: NOW } }, action: 'none' },
    { what: 'writes down whom it adds', edge: asked, distribution: at, seen: { next: issued }, action: 'record', then: { edge: { members: { [B]: { state: 'attaching' } } } } },
    { what: 'changes the distribution once for all', edge: { ...asked, members: { ...served.members, ...member(B, 'attaching') } }, distribution: at,
      seen: { next: issued }, action: change, then: { aliases: [A, B], adding: [B], viewerCertificate: { kind: 'acm', certificateArn: NEXT } } },
    { what: 'or one by one after a conflict', edge: { ...waiting, ...next([A, B, C]), oneByOne: true, members: { ...served.members, ...member(B, 'attaching'), ...member(C, 'attaching') } },
      distribution: at, seen: { next: issued }, action: change, then: { aliases: [A, B], adding: [B] } },
    { what: 'keeps waiting after the grace time while the record is there', edge: { ...waiting, ...next([A, B], { requestedAt: grace }) }, distribution: at,
      seen: { next: certificate({}, [B]), proofs: { [B]: 'seen' } }, action: 'none', reason: /waits for the DNS record _x\.b\.example\.com/ },
    { what: 'also while nobody can tell', edge: { ...waiting, ...next([A, B], { requestedAt: grace }) }, distribution: at,
      seen: { next: certificate({}, [B]), proofs: { [B]: 'unknown' } }, action: 'none' },
    { what: 'leaves out a name whose record is gone', edge: { ...waiting, ...next([A, B], { requestedAt: grace }) }, distribution: at,
      seen: { next: certificate({}, [B]), proofs: { [B]: 'missing' } }, action: 'record',
      then: { edge: { next: undefined, retired: [NEXT], departed: {}, members: { [B]: { state: 'refused', refusal: { kind: 'proof', at: NOW, reason: /Set the record again/ } } } } } },
    { what: 'after long enough in any case', edge: { ...waiting, ...next([A, B], { requestedAt: NOW - 6 * settings.graceForPendingMs }) }, distribution: at,
      seen: { next: certificate({}, [B]) }, action: 'record', then: { edge: { members: { [B]: { state: 'refused' } } } } },
    { what: 'warns the owner of a served name whose record is gone', edge: { ...waiting, ...next([A, B], { requestedAt: grace }) }, distribution: at,
      seen: { next: certificate({}, [A]) }, action: 'record', then: { edge: { next: { certificateArn: NEXT }, members: { [A]: { state: 'served', warning: /a\.example\.com is served/ } } } } },
    { what: 'and takes the warning back', edge: { ...waiting, members: { ...member(A, 'served', { warning: 'W' }), ...member(B, 'joining') }, ...next([A, B], { requestedAt: grace }) },
      distribution: at, seen: { next: certificate() }, action: 'record', then: { edge: { members: { [A]: { warning: undefined } } } } },
    { what: 'has nothing to say when all is proven', edge: { ...waiting, ...next([A, B], { requestedAt: grace }) }, distribution: at, seen: { next: certificate() }, action: 'none' },
    { what: 'goes on without a name that made it fail', edge: asked, distribution: at, seen: { next: certificate({ status: 'FAILED', failureReason: 'CAA_ERROR' }, [B]) },
      action: 'record', then: { edge: { next: undefined, retired: [NEXT], members: { [A]: { state: 'served' }, [B]: { state: 'refused' } } } } },
    { what: 'tries again later when a served name made it fail', edge: asked, distribution: at, seen: { next: certificate({ status: 'FAILED', failureReason: 'CAA_ERROR' }, [A]) },
      action: 'record', then: { edge: { next: undefined, retired: [NEXT], holdUntil: NOW + settings.replanAfterMs, reason: /because of a\.example\.com.*CAA/,
        members: { [A]: { state: 'served' }, [B]: { state: 'joining' } } } } },
    { what: 'or nobody knows who', edge: asked, distribution: at, seen: { next: certificate({ status: 'FAILED' }) }, action: 'record',
      then: { edge: { reason: /was not issued\. Amazon gave no cause/ } } },
  ]);
});

void t.test('replaces a certificate that has ended', async (t) => {
  const at = seen([A, B], SHARED);
  const ended = { ...serving, names: [A, B], ended: 'EXPIRED' } as const;
  const both = { ...served, serving: ended, members: { ...member(A, 'attached', { ownCertificateArn: SHARED }), ...member(B, 'attached') } };
  const describes = (changes: Partial<Certificate>) => ({ serving: certificate({ status: 'ISSUED', notAfter: NOW + 7, ...changes }) });
  const asked = { ...both, ...next([A, B], { requestedAt: NOW - settings.graceForPendingMs }) };
  const alone = { ...both, members: member(A, 'attached', { ownCertificateArn: SHARED }), serving: { ...ended, names: [A] } };
  const { serving: _, ...without } = both;
  const givenUp = { ...without, retired: [SHARED], members: { ...member(A, 'leaving'), ...member(B, 'attached') } };
  checkAll(t, [
    { what: 'takes no name off under one that CloudFront went on refusing, but plans the next', edge: givenUp, distribution: at,
      action: 'record', then: { edge: { next: { names: [B] }, members: { [A]: { state: 'leaving' } } } } },
    { what: 'notes the end of the one in place', edge: served, distribution: seen([A], SHARED), seen: describes({}), action: 'record',
      then: { edge: { serving: { notAfter: NOW + 7, checkedAt: NOW, ended: undefined } } } },
    { what: 'notes only the look when ACM has no such certificate, or does not say', edge: served, distribution: seen([A], SHARED), seen: { serving: { kind: 'absent' } },
      action: 'record', then: { edge: { serving: { checkedAt: NOW, notAfter: undefined } } } },
    { what: 'or does not say', edge: served, distribution: seen([A], SHARED), seen: describes({ notAfter: undefined }), action: 'record',
      then: { edge: { serving: { checkedAt: NOW, notAfter: undefined } } } },
    { what: 'does nothing when ACM cannot be asked', edge: served, distribution: seen([A], SHARED), seen: { serving: { kind: 'unknown' } }, action: 'none' },
    { what: 'writes down that it has ended', edge: served, distribution: seen([A], SHARED), seen: describes({ status: 'EXPIRED' }), action: 'record',
      then: { edge: { serving: { ended: 'EXPIRED' }, members: { [A]: { state: 'served' } } } } },
    { what: 'so that its names are not served', edge: { ...both, members: member(A, 'served') }, distribution: seen([A], SHARED), action: 'record',
      then: { edge: { members: { [A]: { state: 'attached' } } } } },
    { what: 'plans another at once', edge: both, distribution: at, action: 'record', then: { edge: { generation: 5, next: { names: [A, B] } } } },
    { what: 'never the same again', edge: alone, distribution: seen([A], SHARED), action: 'record', then: { edge: { generation: 5, next: { names: [A] } } } },
    { what: 'but a fresh one of a name that is alone', edge: { ...alone, members: member(A, 'attached', { ownCertificateArn: own(A) }) }, distribution: seen([A], SHARED),
      action: 'change_distribution', then: { aliases: [A], viewerCertificate: { certificateArn: own(A) } } },
    { what: 'offers it to nobody', edge: { ...both, members: { ...member(A, 'attached'), ...member(B, 'joining') } }, distribution: seen([A], SHARED),
      action: 'record', then: { edge: { next: { names: [A, B] } } } },
    { what: 'leaves names out whose record is gone', edge: asked, distribution: at, seen: { next: certificate({}, [B]), proofs: { [B]: 'missing' } }, action: 'record',
      then: { edge: { next: undefined, departed: { [B]: NOW }, members: { [A]: { state: 'attached' }, [B]: { state: 'refused', refusal: { kind: 'proof', reason: /has ended/ } } } } } },
    { what: 'takes those off with the change to the next one', edge: { ...both, departed: { [B]: NOW - 1 }, members: { ...member(A, 'attached'), ...member(B, 'refused') } },
      distribution: at, action: 'record', then: { edge: { next: { names: [A] } } } },
    { what: 'however long that takes', edge: { ...both, departed: { [B]: NOW - 9 * settings.strayMs }, members: { ...member(A, 'attached'), ...member(B, 'refused') },
      ...next([A]) }, distribution: at, seen: { next: issued }, action: 'change_distribution', then: { aliases: [A], viewerCertificate: { certificateArn: NEXT } } },
    { what: 'at once when no name of ours stays', edge: { ...both, departed: { [B]: NOW - 1 }, members: member(B, 'refused') }, distribution: seen([B], SHARED),
      action: 'change_distribution', then: { aliases: [], viewerCertificate: { kind: 'default' } } },
  ]);
});

void t.test('deletes what is retired, one at a time, when nothing can need it', async (t) => {
  const retired = { ...served, retired: ['arn:1', 'arn:2'] };
  checkAll(t, [
    { what: 'the first', edge: retired, distribution: seen([A], SHARED), action: 'remove_certificate', then: { certificateArn: 'arn:1' } },
    { what: 'not while CloudFront deploys', edge: retired, distribution: seen([A], SHARED, { deployed: false }), action: 'none', inMs: settings.deployCheckMs },
    { what: 'not what is on the distribution', edge: { retired: ['arn:1'] }, distribution: seen([], 'arn:1'), action: 'none' },
    { what: 'not too often', edge: { ...retired, retiredTriedAt: NOW - 10 }, distribution: seen([A], SHARED), action: 'none', inMs: settings.inUseRetryMs - 10 },
    { what: 'after the last name too', edge: { retired: ['arn:1'], retiredTriedAt: NOW - 10 }, distribution: seen([], undefined), action: 'none', inMs: settings.inUseRetryMs - 10 },
  ]);
});

void t.test('what is written down after CloudFront refused', async (t) => {
  const members = { ...member(A, 'served', { ownCertificateArn: own(A) }), ...member(B, 'attaching'), ...member(C, 'attaching', { foundThere: true }) };
  const before = edge({ ...served, members, ...next([A, B]), oneByOne: true });
  t.equal(afterNameConflict(before, [], TARGET, NOW), before);
  t.match(afterNameConflict(edge({ members }), [B, C], TARGET, NOW), { oneByOne: true, members: { [B]: { state: 'attaching' } } }, 'several go one by one');
  const alone = afterNameConflict(before, [B], TARGET, NOW);
  const held = { since: NOW, triedAt: NOW, lookAt: NOW, target: TARGET };
  t.match(alone, { oneByOne: undefined, departed: {}, members: { [B]: { state: 'held', held } } });
  const again = afterNameConflict({ ...alone, oneByOne: true }, [B], TARGET, NOW + 5);
  t.match(again, { oneByOne: undefined, members: { [B]: { held: { since: NOW, triedAt: NOW + 5, lookAt: NOW + 5 } } } });
  t.equal(memberOf(afterNameConflict(before, ['gone.example.com' as Hostname], TARGET, NOW), 'gone.example.com'), undefined);
  t.same(dropNext(edge(next([A], { certificateArn: SHARED }))).retired, [SHARED]);

  t.match(withoutCertificate(before, NEXT, 9), { next: undefined, retired: [NEXT], holdUntil: 9 });
  t.match(withoutCertificate(before, SHARED, 9), { serving: undefined, retired: [SHARED] });
  t.match(withoutCertificate(before, own(A), 9), { members: { [A]: { ownCertificateArn: undefined } }, retired: [own(A)] });
  t.match(withoutCertificate({ ...before, baseline: BASELINE }, 'arn:theirs', 9), { baseline: undefined, holdUntil: undefined, retired: [] },
    'what was there before us is not deleted');
  t.match(withoutCertificate({ ...before, baseline: BASELINE }, undefined, 9), { baseline: undefined });
});
