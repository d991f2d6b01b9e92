import t from 'tap';
import { decideEdge } from '../../src/domain/decide-edge.ts';
import { checkDelayMs } from '../../src/domain/check-delay.ts';
import type { ViewerCertificate } from '../../src/domain/distribution.ts';
import { AWS_DOMAIN_SETTINGS as settings } from '../../src/domain/domain-settings.ts';
import type { EdgeAction, EdgeDecision, EdgeObservation, HeldLook } from '../../src/domain/edge-step.ts';
import type { Edge, EdgeMember, MemberState } from '../../src/domain/edge.ts';
import { newEdge } from '../../src/domain/edge.ts';
import { heldMessage, holderAmong } from '../../src/domain/held-name.ts';
import type { HeldElsewhere, NameConflict } from '../../src/domain/held-name.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import { afterMoveRefused, dueLooks, hold } from '../../src/domain/move-name.ts';
import { NOT_ASKED } from '../../src/domain/observed.ts';

const NOW = 10_000_000_000;
const HOUR_MS = 60 * 60_000;
const A = 'a.example.com' as Hostname;
const H = 'h.example.com' as Hostname;
const TARGET = 'd1.cloudfront.net';
const SHARED = 'arn:aws:acm:us-east-1:123456789012:certificate/shared';
const OWN = 'arn:aws:acm:us-east-1:123456789012:certificate/own';
const BASE = settings.certificateCheckMs;

const HELD: HeldElsewhere = { since: NOW - 2 * 60_000, triedAt: NOW - 2 * 60_000, lookAt: NOW, target: TARGET };
const THEIRS: NameConflict = { name: H, kind: 'distribution', id: '*******EXAMPLE', accountId: '******789012' };
const FOREIGN: NameConflict = { ...THEIRS, accountId: '******112233' };
const OVERLAP: NameConflict = { ...FOREIGN, name: '*.example.com' };

function member(state: MemberState, changes: Partial<EdgeMember> = {}): EdgeMember {
  return { domainId: 'dom_h', projectId: 'p', state, since: NOW - 60_000, ownCertificateArn: OWN, ...changes };
}

/** A is served; H is held elsewhere. */
function edge(h: EdgeMember, changes: Partial<Edge> = {}): Edge {
  return {
    ...newEdge('E1'), baseline: { kind: 'default' }, serving: { certificateArn: SHARED, names: [A, H], deployed: true },
    members: { [A]: { domainId: 'dom_a', projectId: 'p', state: 'served', since: 1 }, [H]: h }, ...changes,
  };
}

function onlyHeld(h: EdgeMember, changes: Partial<Edge> = {}): Edge {
  return { ...newEdge('E1'), baseline: { kind: 'default' }, members: { [H]: h }, ...changes };
}

function seen(aliases: readonly string[] = [A], arn: string | undefined = SHARED, deployed = true): EdgeObservation['distribution'] {
  const viewerCertificate: ViewerCertificate = arn === '' ? { kind: 'default' } : { kind: 'acm', certificateArn: arn };
  return { kind: 'found', value: {
    distributionId: 'E1', etag: 'e', domainName: TARGET, config: {}, deployed, aliases, viewerCertificate,
  } };
}

function look(proof: HeldLook['proof'], conflicts: HeldLook['conflicts'] = NOT_ASKED): Partial<EdgeObservation> {
  return { held: { [H]: { proof, conflicts } } };
}

function found(...value: NameConflict[]): HeldLook['conflicts'] {
  return { kind: 'found', value };
}

function decide(before: Edge, distribution = seen(), more: Partial<EdgeObservation> = {}): EdgeDecision {
  return decideEdge(before, { distribution, next: NOT_ASKED, nextByToken: NOT_ASKED, proofs: {}, serving: NOT_ASKED, reporting: [], held: {}, ...more }, NOW, settings);
}

interface Line {
  readonly what: string;
  readonly edge: Edge;
  readonly distribution?: EdgeObservation['distribution'];
  readonly seen?: Partial<EdgeObservation>;
  readonly action: EdgeAction['kind'];
  readonly then?: object;
  readonly inMs?: number;
  readonly reason?: RegExp;
}

function checkAll(t: { match: (a: unknown, b: unknown, what: string) => unknown }, lines: readonly Line[]): void {
  for (const line of lines) {
    const { action, nextCheckAt, reason } = decide(line.edge, line.distribution, line.seen);
    t.match(action, { kind: line.action, ...line.then }, line.what);
    if (line.reason) t.match(reason, line.reason, `${line.what}, and says why`);
    if (line.inMs !== undefined) t.match(nextCheckAt, NOW + line.inMs, `${line.what}, and when to look again`);
  }
}

const nextLook = NOW + checkDelayMs(BASE, NOW - HELD.since, H);
const becomes = (state: MemberState, held: object = {}) => ({ edge: { members: { [H]: { state, held } } } });

void t.test('a look at a name that another distribution has', async (t) => {
  const held = member('held', { held: HELD });
  const blocked = member('held', { held: { ...HELD, holder: { ...OVERLAP, sameAccount: false } } });
  const tried = (agoMs: number, sinceAgoMs = agoMs) => (
    member('held', { held: { ...HELD, since: NOW - sinceAgoMs, triedAt: NOW - agoMs } })
  );
  const asked = member('held', { held: { ...HELD, triedAt: NOW - 2, askedAt: NOW - 1 } });
  checkAll(t, [
    { what: 'is waited for', edge: edge(member('held', { held: { ...HELD, lookAt: NOW + 7 } })), action: 'none', inMs: 7 },
    { what: 'is not made for a distribution that is gone', edge: onlyHeld(held), distribution: { kind: 'absent' }, action: 'none', inMs: settings.driftCheckMs },
    { what: 'notes who has it', edge: edge(held), seen: look('missing', found(THEIRS)), action: 'record',
      then: becomes('held', { holder: { ...THEIRS, sameAccount: true }, lookAt: nextLook }) },
    { what: 'keeps who had it when AWS does not tell', edge: edge(blocked), seen: look('missing', { kind: 'unknown' }), action: 'record',
      then: becomes('held', { holder: OVERLAP, lookAt: nextLook }) },
    { what: 'says nothing while DNS does not answer', edge: edge(held), seen: look('unknown', { kind: 'unknown' }), action: 'record',
      then: becomes('held', { lookAt: nextLook }) },
    { what: 'lets it go on once the record is there', edge: edge(held), seen: look('seen', found(THEIRS)), action: 'record',
      then: becomes('moving', { holder: THEIRS }) },
    { what: 'also where nobody knows who has it', edge: edge(held), seen: look('seen'), action: 'record', then: becomes('moving') },
    { what: 'not where AWS moves nothing', edge: edge(tried(6 * BASE - 1)), seen: look('seen', found(OVERLAP)), action: 'record',
      then: becomes('held', { holder: { ...OVERLAP, sameAccount: false } }) },
    { what: 'tries the usual way when nobody has it', edge: edge(tried(2 * 60_000)), seen: look('missing', found()), action: 'record',
      then: becomes('joining', { since: HELD.since }) },
    { what: 'also under an overlap of another account, which may be none', edge: edge(tried(2 * 60_000)), seen: look('missing', found(OVERLAP)),
      action: 'record', then: becomes('joining') },
    { what: 'not at once', edge: edge(tried(6 * BASE - 1)), seen: look('missing', found()), action: 'record', then: becomes('held') },
    { what: 'nor in vain ever more often', edge: edge(tried(6 * BASE, HOUR_MS)), seen: look('missing', found()), action: 'record',
      then: becomes('held') },
    { what: 'tries it blindly after an hour', edge: edge(tried(HOUR_MS), { serving: { certificateArn: SHARED, names: [A], deployed: true } }),
      seen: look('missing'), action: 'record', then: becomes('joining') },
    { what: 'then after two', edge: edge(tried(HOUR_MS + 1, 3 * HOUR_MS), { serving: { certificateArn: SHARED, names: [A], deployed: true } }),
      seen: look('missing'), action: 'record', then: becomes('held') },
    { what: 'every day at most', edge: edge(tried(24 * HOUR_MS, 999 * HOUR_MS), { serving: { certificateArn: SHARED, names: [A], deployed: true } }),
      seen: look('missing'), action: 'record', then: becomes('joining') },
    { what: 'at once when its owner wants that', edge: edge(asked), seen: look('missing', found()), action: 'record', then: becomes('joining') },
    { what: 'also blindly', edge: edge(asked, { serving: { certificateArn: SHARED, names: [A], deployed: true } }), seen: look('missing'),
      action: 'record', then: becomes('joining') },
    { what: 'not while somebody has it', edge: edge(asked), seen: look('missing', found(THEIRS)), action: 'record', then: becomes('held', { askedAt: NOW - 1 }) },
  ]);
  t.same(dueLooks(edge(held), NOW), [H]);
  t.same(dueLooks(edge(member('moving', { held: HELD })), NOW), []);
  t.same(decide(edge(held)).nextCheckAt, NOW, 'a look that is due and was not made is made by the next pass');
});

void t.test('the move', async (t) => {
  const moving = member('moving', { held: HELD });
  const nine = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((label) => `${label}.org`);
  const alone = { certificateArn: SHARED, names: [A], deployed: true };
  const next = { generation: 1, names: [A, H], projectId: 'p', plannedAt: 1, requestedAt: NOW - 5_000, certificateArn: 'arn:next' } as const;
  const issued = { kind: 'found', value: {
    arn: 'arn:next', names: [A, H], status: 'ISSUED', failureReason: undefined, validations: [], inUse: false, notAfter: undefined,
  } } as const;
  const unissued = { kind: 'found', value: { ...issued.value, status: 'PENDING_VALIDATION', validations: [
    { name: H, status: 'PENDING_VALIDATION', record: undefined },
  ] } } as const;
  checkAll(t, [
    { what: 'is made under a certificate for the name', edge: edge(moving), action: 'move_name', then: { name: H } },
    { what: 'not before that is deployed', edge: edge(moving, { serving: { certificateArn: SHARED, names: [A, H], deployed: false } }),
      distribution: seen([A], SHARED, false), action: 'none', inMs: settings.deployCheckMs },
    { what: 'first plans a certificate', edge: edge(moving, { serving: alone }), action: 'record', then: { edge: { next: { names: [A, H] } } } },
    { what: 'which is set without the name', edge: edge(moving, { serving: alone, next }), seen: { next: issued }, action: 'change_distribution',
      then: { aliases: [A], adding: [], viewerCertificate: { certificateArn: 'arn:next' } } },
    { what: 'or leaves the name out when its proof is gone', edge: edge(moving, { serving: alone, next: { ...next, requestedAt: NOW - 20 * 60_000 } }),
      seen: { next: unissued, proofs: { [H]: 'missing' } }, action: 'record', then: { edge: { members: { [H]: { state: 'refused' } } } } },
    { what: 'is not made under a certificate that has ended', edge: onlyHeld(moving, { serving: { certificateArn: OWN, names: [H], deployed: true, ended: 'EXPIRED' } }),
      distribution: seen([], OWN), action: 'record', then: { edge: { next: { names: [H] } } } },
    { what: 'takes its own certificate where it is the only name', edge: onlyHeld(moving), distribution: seen([], ''), action: 'change_distribution',
      then: { aliases: [], adding: [], viewerCertificate: { certificateArn: OWN } } },
    { what: 'waits for room', edge: edge(moving, { serving: { ...alone, names: [A, ...nine] }, foreign: nine }),
      distribution: seen([A, ...nine]), action: 'none', inMs: settings.driftCheckMs, reason: /as many names/ },
    { what: 'was made', edge: edge(moving), distribution: seen([A, H], SHARED, false), action: 'record',
      then: { edge: { members: { [H]: { state: 'attaching', held: undefined } } } } },
    { what: 'was made by others', edge: edge(member('held', { held: HELD })), distribution: seen([A, H]), action: 'record',
      then: { edge: { members: { [H]: { state: 'attaching', held: undefined } } } } },
    { what: 'is of no account once the name is to go', edge: edge(member('leaving', { held: HELD })), distribution: seen([A, H]),
      action: 'change_distribution', then: { aliases: [A] } },
  ]);
});

void t.test('a certificate is set so that AWS tells who has the name', async (t) => {
  const held = member('held', { held: { ...HELD, lookAt: NOW + 5_000 } });
  const { ownCertificateArn: _, ...bare } = held;
  checkAll(t, [
    { what: 'where nobody is served', edge: onlyHeld(held), distribution: seen([], ''), action: 'change_distribution',
      then: { aliases: [], adding: [], viewerCertificate: { certificateArn: OWN } } },
    { what: 'once', edge: onlyHeld(held, { serving: { certificateArn: OWN, names: [H], deployed: true } }), distribution: seen([], OWN), action: 'none', inMs: 5_000 },
    { what: 'not under names of others', edge: onlyHeld(held, { foreign: ['x.org'] }), distribution: seen(['x.org'], 'arn:theirs'), action: 'none' },
    { what: 'not without one', edge: onlyHeld(bare), distribution: seen([], ''), action: 'none' },
    { what: 'not while none is good', edge: onlyHeld(held, { holdUntil: NOW + 1 }), distribution: seen([], ''), action: 'none' },
    { what: 'nor is one replaced that names a name that waits', edge: edge(held), action: 'none' },
  ]);
});

void t.test('what is written down after a refusal', async (t) => {
  const drift = { kind: 'alias_removed', foundAt: 7 } as const;
  const taken = hold(edge(member('served', { drift, warning: 'Beware.' })), H, TARGET, NOW).members[H];
  t.match(taken, { state: 'held', held: { since: NOW }, drift: undefined, warning: undefined }, 'a name that was taken from us is not put right but moved');
  const before = edge(member('moving', { held: HELD }));
  t.match(afterMoveRefused(before, H, 'Said no.', NOW, settings), { members: { [H]: {
    state: 'held', held: { since: HELD.since, triedAt: NOW, lookAt: nextLook, refusal: 'Said no.' } } } });
  t.equal(afterMoveRefused(before, A, 'Said no.', NOW, settings), before);
  t.equal(hold(before, 'x.org' as Hostname, TARGET, NOW), before);
});

void t.test('who has a name', async (t) => {
  t.match(holderAmong(H, [OVERLAP, THEIRS], SHARED), { name: H, sameAccount: true });
  t.match(holderAmong(H, [FOREIGN], SHARED), { sameAccount: false });
  t.match(holderAmong(H, [{ ...OVERLAP, accountId: '123456789012' }, OVERLAP], SHARED), { name: '*.example.com', sameAccount: false });
  t.equal(holderAmong(H, [{ ...OVERLAP, accountId: '******789012' }], SHARED), undefined, 'an account may overlap itself');
});

void t.test('what the owner is told', async (t) => {
  const say = (holder: NameConflict | undefined, sameAccount: boolean, more: Partial<HeldElsewhere> = {}) => (
    heldMessage(H, { target: TARGET, ...(holder && { holder: { ...holder, sameAccount } }), ...more })
  );
  const record = 'the TXT record _h.example.com with the value d1.cloudfront.net';
  t.match(say(undefined, true), /^Another CloudFront distribution already has h\.example\.com .* AWS has not told which one\. Set/);
  t.match(say(THEIRS, true), `h.example.com is held by the CloudFront distribution *******EXAMPLE of this AWS account. Set ${record}, and`);
  t.match(say(FOREIGN, false), /of the AWS account \*{6}112233\. Between AWS accounts .* only while .* disabled.*ask AWS Support: there is no other way\.$/);
  t.match(say({ ...THEIRS, kind: 'distribution-tenant' }, true), /distribution tenant \*{7}EXAMPLE .*: disable it and set the TXT/);
  t.match(say(OVERLAP, false), /^\*\.example\.com, which overlaps h\.example\.com, is held .* AWS has no way to move/);
  t.notMatch(say(OVERLAP, false), /TXT/);
  t.match(say(THEIRS, true, { refusal: 'IllegalUpdate' }), /AWS refused the last attempt to move it \(IllegalUpdate\); it is tried again/);
});
