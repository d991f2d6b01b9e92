import t from 'tap';
import type { CustomDomain } from '../../src/domain/custom-domain.ts';
import { decideDomain } from '../../src/domain/decide-domain.ts';
import { LOCAL_DOMAIN_SETTINGS as settings } from '../../src/domain/domain-settings.ts';
import type { DomainObservation } from '../../src/domain/domain-step.ts';
import { NOTHING_OBSERVED, withChanges } from '../../src/domain/domain-step.ts';
import type { HostnameClaim } from '../../src/domain/hostname-claim.ts';
import { contenderKey } from '../../src/domain/hostname-claim.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import { parseHostname } from '../../src/domain/hostname.ts';
import { familyOf } from '../../src/domain/name-family.ts';
import { obstacleFor } from '../../src/domain/ownership.ts';
import type { FamilyClaims, OwnershipChallenge } from '../../src/domain/ownership.ts';
import { requiredRecords } from '../../src/domain/required-records.ts';
import { viewDomain } from '../../src/domain/view-domain.ts';

const NOW = 10_000_000_000;
const DAY = 86_400_000;
const CHALLENGE: OwnershipChallenge = {
  reason: 'held', decidedBy: 'shop.example.com', token: 'abc', recordName: '_anchor-challenge.shop.example.com',
  against: 'dom_0', startedAt: NOW - 1_000, endsAt: NOW + 7 * DAY,
};
const PROVEN = { ...CHALLENGE, provenAt: NOW - 500 };

type Changes = Parameters<typeof withChanges>[1];

function domain(changes: Changes = {}): CustomDomain {
  return withChanges({
    domainId: 'dom_1', projectId: 'p', domain: 'shop.example.com' as Hostname, distributionId: 'E1',
    distributionDomain: 'd1.cloudfront.net', desired: 'present', phase: 'requesting', certificateGeneration: 1,
    certificateStatus: 'REQUESTED', cloudFrontStatus: 'not_attached',
    createdAt: NOW - 1_000, updatedAt: NOW - 1_000, revision: 3, attempts: 0,
  }, changes);
}

function issued(status: 'ISSUED' | 'PENDING_VALIDATION' = 'ISSUED'): DomainObservation['certificate'] {
  return { kind: 'found', value: {
    arn: 'arn:own', names: [], status, failureReason: undefined, inUse: false, notAfter: undefined, validations: [],
  } };
}

/** What is known, what is seen, and what is decided. */
interface Line {
  readonly what: string;
  readonly record: Changes;
  readonly seen?: Partial<DomainObservation>;
  readonly action: string;
  readonly then?: Partial<Record<keyof CustomDomain, unknown>>;
  readonly next: 'now' | 'later' | 'never';
}

const challenging = { phase: 'challenging', challenge: CHALLENGE } as const;
const asked = { phase: 'requesting', challenge: PROVEN } as const;
const validating = { phase: 'validating', challenge: PROVEN, ownCertificateArn: 'arn:own', certificateRequestedAt: NOW } as const;
const successor = { phase: 'joining', takesOverFrom: 'dom_0', ownCertificateArn: 'arn:own', certificateStatus: 'ISSUED' } as const;
const active = { phase: 'active', cloudFrontStatus: 'deployed', certificateStatus: 'ISSUED' } as const;
const gone = { ...active, desired: 'absent', phase: 'releasing', takenOverAt: 7 } as const;

void t.test('what a domain does whose name others hold or held', async (t) => {
  for (const { what, record, seen, action, then, next } of [
    { what: 'waits for the record', record: challenging, seen: { control: 'missing' }, action: 'save',
      then: { phase: 'challenging', checkedAt: NOW }, next: 'later' },
    { what: 'concludes nothing from a look-up that failed', record: challenging, seen: { control: 'unknown' }, action: 'save',
      then: { phase: 'challenging', attempts: 1 }, next: 'later' },
    { what: 'nor from none', record: challenging, action: 'save', then: { attempts: 1 }, next: 'later' },
    { what: 'nor when time is up', record: { ...challenging, challenge: { ...CHALLENGE, endsAt: NOW } },
      seen: { control: 'unknown' }, action: 'save', then: { phase: 'challenging' }, next: 'later' },
    { what: 'ends when the record did not come', record: { ...challenging, challenge: { ...CHALLENGE, endsAt: NOW } },
      seen: { control: 'missing' }, action: 'save', then: { phase: 'failed', reason: /was not seen.*add it again/ }, next: 'never' },
    { what: 'is done with it then', record: { phase: 'failed', challenge: CHALLENGE }, action: 'save',
      then: { phase: 'failed' }, next: 'never' },
    { what: 'notes that the record was seen', record: challenging, seen: { standing: 'contending', control: 'seen' },
      action: 'save', then: { phase: 'requesting', challenge: { provenAt: NOW } }, next: 'now' },
    { what: 'goes on with the certificate it has', record: { ...challenging, ownCertificateArn: 'arn:own' },
      seen: { control: 'seen' }, action: 'save', then: { phase: 'validating' }, next: 'now' },
    { what: 'does not take a free name without the proof', record: challenging, seen: { standing: 'claimable', control: 'missing' },
      action: 'save', then: { phase: 'challenging' }, next: 'later' },
    { what: 'asks for a new proof when yet another got the name', record: challenging, seen: { standing: 'outrun', control: 'seen' },
      action: 'challenge_again', next: 'now' },
    { what: 'goes when its project is gone', record: challenging, seen: { standing: 'project_gone', control: 'seen' },
      action: 'save', then: { desired: 'absent' }, next: 'now' },
    { what: 'does nothing when its project is being deleted', record: challenging,
      seen: { standing: 'project_closing', control: 'seen' }, action: 'save', then: { phase: 'challenging' }, next: 'later' },

    { what: 'goes back to the proof when it has none, though the name is free', record: { ...asked, challenge: CHALLENGE },
      seen: { standing: 'claimable' }, action: 'save', then: { phase: 'challenging' }, next: 'now' },
    { what: 'and with a certificate already issued', record: { ...validating, challenge: CHALLENGE },
      seen: { standing: 'claimable', certificate: issued() }, action: 'save', then: { phase: 'challenging' }, next: 'now' },

    { what: 'writes down when it asks', record: asked, seen: { standing: 'contending' }, action: 'save',
      then: { certificateRequestedAt: NOW }, next: 'now' },
    { what: 'asks for a certificate beside the holder', record: { ...asked, certificateRequestedAt: NOW },
      seen: { standing: 'contending' }, action: 'request_certificate', next: 'now' },
    { what: 'takes a name nobody holds before it asks', record: asked, seen: { standing: 'claimable' }, action: 'take_claim', next: 'now' },
    { what: 'proves anew when outrun', record: asked, seen: { standing: 'outrun' }, action: 'challenge_again', next: 'now' },
    { what: 'leaves the holder alone while its certificate is pending', record: validating,
      seen: { standing: 'contending', certificate: issued('PENDING_VALIDATION') }, action: 'save',
      then: { phase: 'validating' }, next: 'later' },
    { what: 'takes the name once it is issued', record: validating, seen: { standing: 'contending', certificate: issued() },
      action: 'take_claim', next: 'now' },
    { what: 'or once the holder has given it back', record: validating,
      seen: { standing: 'claimable', certificate: issued('PENDING_VALIDATION') }, action: 'take_claim', next: 'now' },
    { what: 'proves anew when outrun, whatever is issued', record: validating, seen: { standing: 'outrun', certificate: issued() },
      action: 'challenge_again', next: 'now' },
    { what: 'knows the name for its own', record: validating, seen: { standing: 'good', certificate: issued() }, action: 'save',
      then: { phase: 'validating', challenge: undefined, takesOverFrom: 'dom_0' }, next: 'now' },

    { what: 'tells whoever had the name', record: successor, seen: { standing: 'good', predecessor: 'untold' },
      action: 'tell_predecessor', next: 'now' },
    { what: 'waits for it to leave', record: successor, seen: { standing: 'good', predecessor: 'leaving' }, action: 'save',
      then: { phase: 'joining', reason: /being taken off/ }, next: 'later' },
    { what: 'goes on once it has', record: { ...successor, reason: 'x' }, seen: { standing: 'good', predecessor: 'gone' }, action: 'save',
      then: { phase: 'joining', takesOverFrom: undefined, reason: undefined }, next: 'now' },
    { what: 'leaves knowing whom it had taken the name from, though that was never noted',
      record: { ...validating, desired: 'absent' }, seen: { standing: 'good' }, action: 'save',
      then: { desired: 'absent', phase: 'validating', challenge: undefined, takesOverFrom: 'dom_0' }, next: 'now' },
    { what: 'leaves without a word when it never had the name', record: { ...validating, desired: 'absent' },
      seen: { standing: 'contending' }, action: 'save', then: { phase: 'leaving', takesOverFrom: undefined }, next: 'now' },
    { what: 'leaves after the one before it', record: { ...successor, desired: 'absent' }, seen: { predecessor: 'leaving' },
      action: 'save', then: { phase: 'joining' }, next: 'later' },

    { what: 'leaves when another project took its name', record: { ...active, claimCheckAt: 5 }, seen: { standing: 'taken_over' },
      action: 'save', then: { desired: 'absent', takenOverAt: NOW, claimCheckAt: undefined }, next: 'now' },
    { what: 'stays when it was told so wrongly', record: { ...active, claimCheckAt: 5 }, seen: { standing: 'good' },
      action: 'save', then: { phase: 'active', claimCheckAt: undefined }, next: 'now' },
    { what: 'stays for its owner to read', record: gone, action: 'lay_down',
      then: { desired: 'present', phase: 'failed', reason: /has taken it over/ }, next: 'never' },
    { what: 'unless its owner deleted it', record: { ...gone, takenOverAt: undefined, certificateRequestedAt: undefined },
      action: 'forget', next: 'now' },
  ] as const satisfies Line[] as Line[]) {
    const decision = decideDomain(domain(record), { ...NOTHING_OBSERVED, ...seen }, NOW, settings);
    const at = decision.nextCheckAt;
    t.match({ action: decision.action, next: at === undefined ? 'never' : at <= NOW ? 'now' : 'later', record: decision.record },
      { action, next, record: then ?? {} }, what);
  }
});

void t.test('the names that have a say', async (t) => {
  for (const [name, twin, parents] of [
    ['example.com', '*.example.com', []],
    ['*.example.com', 'example.com', []],
    ['a.b.example.co.uk', '*.a.b.example.co.uk', ['b.example.co.uk', '*.b.example.co.uk', 'example.co.uk', '*.example.co.uk']],
    ['*.b.example.com', 'b.example.com', ['example.com', '*.example.com']],
    ['me.github.io', '*.me.github.io', []],
    ['a.me.github.io', '*.a.me.github.io', ['me.github.io', '*.me.github.io']],
  ] as const) {
    t.same(familyOf(name as Hostname), { twin, parents }, name);
  }
});

void t.test('what stands in the way of giving a name', async (t) => {
  const name = 'a.example.com' as Hostname;
  const claim = (hostname: string, projectId: string, releasedAt?: number): HostnameClaim => (
    { hostname, projectId, domainId: 'd', claimedAt: 1, ...(releasedAt !== undefined && { releasedAt }) }
  );
  const none: FamilyClaims = { name: undefined, twin: undefined, parents: [undefined, undefined] };
  for (const [what, claims, expected] of [
    ['nothing', none, undefined],
    ['its holder', { name: claim(name, 'q') }, { reason: 'held', decidedBy: name }],
    ['its last holder', { name: claim(name, 'q', 5) }, { reason: 'formerly_held', decidedBy: name }],
    ['not the project itself', { name: claim(name, 'p'), twin: claim(`*.${name}`, 'p'), parents: [claim('example.com', 'p')] }, undefined],
    ['not its own tombstone', { name: claim(name, 'p', 5) }, undefined],
    ['the holder of its wildcard', { twin: claim(`*.${name}`, 'q') }, { reason: 'twin_held', decidedBy: `*.${name}` }],
    ['the last holder of its wildcard', { twin: claim(`*.${name}`, 'q', 5) }, { reason: 'formerly_held', decidedBy: `*.${name}` }],
    ['a name above, the nearest first', { parents: [undefined, claim('*.example.com', 'q'), claim('com', 'r')] },
      { reason: 'parent_held', decidedBy: '*.example.com' }],
    ['not one above that was given back', { parents: [claim('example.com', 'q', 5)] }, undefined],
    ['one above, although its own tombstone is there', { name: claim(name, 'p', 5), parents: [claim('example.com', 'q')] },
      { reason: 'parent_held', decidedBy: 'example.com' }],
  ] as const) {
    t.same(obstacleFor('p', name, { ...none, ...claims }), expected, what);
  }
  t.match(obstacleFor('p', '*.example.com' as Hostname, { ...none, twin: claim('example.com', 'q') }), { reason: 'parent_held' });
  t.notOk(parseHostname(contenderKey(name, 'p')).ok, 'a contender\'s key is no name');
});

void t.test('a person is told why, and what to add where', async (t) => {
  for (const [reason, decidedBy, words] of [
    ['held', 'shop.example.com', /Another project holds shop\.example\.com\. It keeps the name until/],
    ['formerly_held', '*.shop.example.com', /held \*\.shop\.example\.com before/],
    ['parent_held', 'example.com', /holds example\.com, to which shop\.example\.com belongs/],
    ['twin_held', '*.shop.example.com', /proves by the same record/],
  ] as const) {
    t.match(viewDomain(domain({ ...challenging, challenge: { ...CHALLENGE, reason, decidedBy } })), {
      status: 'pending_ownership', isActive: false, statusMessage: words,
      ownershipChallenge: { reason, message: words, recordType: 'TXT', recordName: CHALLENGE.recordName, recordValue: 'abc' },
    });
  }
  for (const changes of [{ ...active, desired: 'absent' }, { phase: 'failed' }] as const) {
    t.match(viewDomain(domain({ ...changes, takenOverAt: 7 })).statusMessage, /^Another project proved by a DNS record/);
  }
  t.notOk('ownershipChallenge' in viewDomain(domain(asked)), 'not once it is proven');
  t.same(requiredRecords(domain(challenging)).map(({ purpose, type, name }) => [purpose, type, name]), [
    ['ownership', 'TXT', CHALLENGE.recordName], ['routing', 'CNAME', 'shop.example.com'],
  ], 'the proof first, and no validation record before a certificate is asked for');
  const pair = { domain: 'www.example.com' as Hostname, role: 'apex' } as const;
  for (const [state, words] of [['wanted', /being added/], ['refused', /could not be added/]] as const) {
    t.match(viewDomain(domain({ pair: { ...pair, state } })).pair, { state, domainId: null, message: words });
  }
});
