import { readFile } from 'node:fs/promises';
import t from 'tap';
import type { Certificate, CertificateStatus } from '../../src/domain/certificate.ts';
import type { CustomDomain, DomainPhase } from '../../src/domain/custom-domain.ts';
import { startOver } from '../../src/domain/start-over.ts';
import { afterRefusal, decideDomain } from '../../src/domain/decide-domain.ts';
import { LOCAL_DOMAIN_SETTINGS as settings } from '../../src/domain/domain-settings.ts';
import type { DomainDecision, DomainObservation, EdgeState, EdgeStanding } from '../../src/domain/domain-step.ts';
import { NOTHING_OBSERVED, withChanges } from '../../src/domain/domain-step.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import { NOT_ASKED } from '../../src/domain/observed.ts';
import type { Observed } from '../../src/domain/observed.ts';
import { domainStates, GROUPS, PHASES, sourcesOf, TRANSITIONS } from '../../src/domain-states.ts';
import { withGenerated } from '../../src/readme-tables.ts';

/**
 * The table of everything: each phase with each record it may have, against each combination of what
 * can be observed. Whoever adds a phase, an observation or an attribute that decisions are made on,
 * adds it to one of these lists.
 */
const NOW = 10_000_000_000;
const HOUR = 3_600_000;
const LOOKED = [NOT_ASKED, { kind: 'unknown' }, { kind: 'absent' }] as const;
const ALL_PHASES = Object.keys(PHASES) as DomainPhase[];

const RECORDS: readonly Parameters<typeof withChanges>[1][] = [
  {},
  { ownCertificateArn: 'arn:own', certificateStatus: 'ISSUED', certificateRequestedAt: NOW - 2 * HOUR },
  { ownCertificateArn: 'arn:own', certificateStatus: 'PENDING_VALIDATION', proofLostAt: NOW - HOUR },
  { certificateStatus: 'ISSUED', servingCertificateArn: 'arn:shared', certificateRequestedAt: NOW - 2 * HOUR },
  { certificateRequestedAt: NOW - 2 * HOUR },
  { certificateRequestedAt: undefined },
  { certificateRequestedAt: NOW - 2 * HOUR, proofLostAt: NOW - 5, proofMissingSince: NOW - HOUR, attempts: 3 },
  { ownCertificateArn: 'arn:own', certificateStatus: 'ISSUED', renewalAtRiskSince: 7, proofMissingSince: 7 },
  { ownCertificateArn: 'arn:own', certificateStatus: 'ISSUED', held: { target: 'd1.cloudfront.net' } },
];

const ASKED = {
  token: 'abc', recordName: '_anchor-challenge.shop.example.com', reason: 'held', decidedBy: 'shop.example.com',
  against: 'dom_0', startedAt: NOW - HOUR, endsAt: NOW + HOUR,
} as const;
const UNPROVEN = [{ challenge: ASKED }, { challenge: { ...ASKED, endsAt: NOW - 1 } }];
const PROVEN = [
  { challenge: { ...ASKED, provenAt: NOW - 5 } },
  { challenge: { ...ASKED, provenAt: NOW - 5 }, ownCertificateArn: 'arn:own', certificateStatus: 'ISSUED' },
] as const;
/** Of a name that others hold or held, or that was taken over from others or by them. */
const CONTESTED: { readonly [K in DomainPhase]?: readonly Parameters<typeof withChanges>[1][] } = {
  challenging: UNPROVEN,
  requesting: [...UNPROVEN, ...PROVEN, { takesOverFrom: 'dom_0' }],
  validating: [...PROVEN, { takesOverFrom: 'dom_0', ownCertificateArn: 'arn:own' }],
  joining: [{ takesOverFrom: 'dom_0', ownCertificateArn: 'arn:own', certificateStatus: 'ISSUED' }],
  active: [{ claimCheckAt: NOW }],
  failed: [...UNPROVEN, { takenOverAt: NOW - 5 }],
  leaving: [{ takenOverAt: NOW - 5 }],
  releasing: [{ takenOverAt: NOW - 5, certificateStatus: 'ISSUED' }, { takesOverFrom: 'dom_0' }],
};

const CERTIFICATES: readonly DomainObservation['certificate'][] = [
  ...LOOKED, { kind: 'still_pending', listedAt: NOW }, ...(['PENDING_VALIDATION', 'ISSUED', 'FAILED', 'EXPIRED', 'REVOKED'] as const).map(certificate),
];

const TOKENS: readonly Observed<string>[] = [...LOOKED, { kind: 'found', value: 'arn:own' }];

const TENANT_GONE = { drift: { kind: 'alias_removed', foundAt: 5 }, watched: false, ownCertificateArn: 'arn:own' } as const;
const TENANT_OFF = { drift: { kind: 'tenant_disabled', foundAt: 5 }, watched: false, ownCertificateArn: 'arn:own' } as const;

const HELD = { since: 5, triedAt: 6, lookAt: 7, target: 'd1.cloudfront.net' };
const HOLDER = {
  name: 'shop.example.com', kind: 'distribution', id: '***1', accountId: '***2', sameAccount: true,
} as const;

const STATES = {
  absent: [{}, { full: true }, { servingCertificateArn: 'arn:own' }, TENANT_GONE],
  other: [{}, { otherDomainId: 'dom_0' }],
  joining: [{ since: 5 }],
  held: [{ ownCertificateArn: 'arn:own', held: HELD }, { held: { ...HELD, holder: HOLDER, refusal: 'No.' } }],
  moving: [{ ownCertificateArn: 'arn:own', held: HELD }],
  leaving: [{}],
  off: [{}, TENANT_OFF],
  attached: [{}, { drift: { kind: 'alias_removed', foundAt: 5 } }, { certificateEnded: 'EXPIRED' }],
  served: [
    {}, { watched: false }, { servingCertificateArn: 'arn:shared', certificateExpiresAt: 9 }, { warning: 'Beware.' }, { certificateEnded: 'REVOKED' },
    { drift: { kind: 'alias_removed', foundAt: 5 } }, { drift: { kind: 'certificate_replaced', foundAt: 5 } },
  ],
  refused: [{ refusal: { kind: 'proof', reason: 'Gone.', at: NOW - 5 } }],
} as const satisfies Record<EdgeState, readonly Partial<EdgeStanding>[]>;

const EDGES: readonly Observed<EdgeStanding>[] = [...LOOKED, ...Object.entries(STATES).flatMap(([state, standings]) => (
  standings.map((more) => ({ kind: 'found' as const, value: { state: state as EdgeState, full: false, watched: true, ...more } }))
))];

function certificate(status: CertificateStatus): Observed<Certificate> {
  return { kind: 'found', value: {
    arn: 'arn:own', names: ['shop.example.com'], status, failureReason: undefined, inUse: false, notAfter: 9, validations: [],
  } };
}

function domain(phase: DomainPhase, changes: Parameters<typeof withChanges>[1]): CustomDomain {
  return withChanges({
    domainId: 'dom_1', projectId: 'p', domain: 'shop.example.com' as Hostname, distributionId: 'E1',
    distributionDomain: 'd1.cloudfront.net', desired: 'present', phase, certificateGeneration: 1,
    certificateRequestedAt: NOW - 120_000, certificateStatus: 'REQUESTED', cloudFrontStatus: 'not_attached',
    createdAt: 1, updatedAt: 2, revision: 3, attempts: 0,
  }, changes);
}

const VALUES: { readonly [K in keyof DomainObservation]: readonly DomainObservation[K][] } = {
  standing: [
    'not_asked', 'good', 'project_closing', 'project_gone', 'claim_lost', 'taken_over', 'claimable', 'contending', 'outrun',
  ],
  control: ['not_asked', 'unknown', 'seen', 'missing'],
  predecessor: ['not_asked', 'untold', 'leaving', 'gone'],
  certificate: CERTIFICATES,
  byToken: TOKENS,
  proof: ['not_asked', 'unknown', 'seen', 'missing'],
  edge: EDGES,
  driftHandling: ['repair', 'report'],
  pointing: ['not_asked', 'here', 'elsewhere', 'unknown'],
};

interface Case {
  readonly before: CustomDomain;
  readonly observed: DomainObservation;
  readonly decision: DomainDecision;
}

/**
 * One decision for each combination of what the decision reads: whenever it reads something new, it is
 * run again with every value of that. What it never reads cannot make a difference.
 */
function* decisionsOn(before: CustomDomain): Generator<Case> {
  const open: Partial<DomainObservation>[] = [{}];
  for (let known = open.pop(); known; known = open.pop()) {
    const seen = known;
    let read: keyof DomainObservation | undefined;
    const observed = new Proxy(NOTHING_OBSERVED, { get: (_, name: keyof DomainObservation) => {
      if (name in seen) return seen[name];
      read ??= name;
      return NOTHING_OBSERVED[name];
    } });
    const decision = decideDomain(before, observed, NOW, settings);
    if (read === undefined) yield { before, observed: { ...NOTHING_OBSERVED, ...seen }, decision };
    else for (const value of VALUES[read]) open.push({ ...seen, [read]: value });
  }
}

function* everything(): Generator<Case> {
  for (const phase of ALL_PHASES) {
    for (const desired of ['present', 'absent'] as const) {
      // Before control is proven there is nothing else to know of a domain.
      const records = [...(phase === 'challenging' ? [] : RECORDS), ...(CONTESTED[phase] ?? [])];
      for (const changes of records) yield* decisionsOn(domain(phase, { desired, ...changes }));
    }
  }
}

/** The phase after it: some decisions are completed by what carries them out. */
function phaseAfter({ before, decision }: Case): DomainPhase | 'gone' {
  if (decision.action === 'forget') return 'gone';
  if (decision.action === 'challenge_again') return 'challenging';
  if (decision.action === 'request_certificate' && before.desired === 'present') return 'validating';
  return decision.record.phase;
}

/** What must hold for every single decision; undefined when it does. */
function fault({ before, observed, decision }: Case): string | undefined {
  const { record, action, nextCheckAt } = decision;
  if (record.domainId !== before.domainId || record.revision !== before.revision) return 'identity changed';
  if (nextCheckAt === undefined && record.phase !== 'failed') return 'forgotten: no next look, and not the end';
  if (nextCheckAt !== undefined && nextCheckAt < NOW) return 'a look in the past';
  if (action !== 'save' && action !== 'lay_down' && nextCheckAt !== NOW) return 'acts, and does not look again at once';
  if (nextCheckAt === NOW && action === 'save' && JSON.stringify(record) === JSON.stringify(before)) return 'spins';
  if (before.desired === 'absent' && record.desired === 'present' && action !== 'lay_down') return 'comes back from its removal';
  if ((action === 'forget' || action === 'lay_down') && record.ownCertificateArn !== undefined) return 'forgets a certificate';
  if (before.ownCertificateArn !== undefined && record.ownCertificateArn === undefined && loses({ before, observed, decision })) {
    return 'loses its certificate';
  }
  const blind = [observed.certificate, observed.edge, observed.byToken].every(({ kind }) => kind === 'unknown');
  const decided = observed.proof === 'unknown' && observed.standing === 'not_asked' && before.desired === 'present';
  const needsEyes = ['validating', 'joining', 'deploying', 'active', 'drifted'].includes(before.phase);
  if (blind && decided && needsEyes && (action !== 'save' || record.phase !== before.phase)) return 'acts on what it could not see';
  return undefined;
}

/** Unless ACM says that it is gone, or the distribution has it now. */
function loses({ before, observed }: Case): boolean {
  if (before.phase === 'validating' && observed.certificate.kind === 'absent') return false;
  return observed.edge.kind !== 'found' || (
    !['served', 'attached', 'held', 'moving'].includes(observed.edge.value.state) && observed.edge.value.servingCertificateArn !== before.ownCertificateArn
  );
}

/** What `verify` makes of a domain that has failed. */
function verified(): string[] {
  const failed = [{ certificateStatus: 'FAILED' }, { certificateStatus: 'ISSUED' }, ...UNPROVEN] as const;
  return failed.map((changes) => `failed --> ${startOver(domain('failed', changes), NOW, HOUR)?.phase}`);
}

/** What a join makes of a domain whose name somebody else holds, on a tenant of its own. */
function joinRefused(): string {
  const context = { record: domain('joining', {}), observed: NOTHING_OBSERVED, now: NOW, settings };
  return `joining --> ${afterRefusal(context, { kind: 'held', reason: 'Held.', at: NOW }).record.phase}`;
}

void t.test('every phase against every observation makes the transitions of the diagram, all of them, and no other', async (t) => {
  const drawn = new Set(TRANSITIONS.flatMap((each) => sourcesOf(each).map((from) => `${from} --> ${each.to}`)));
  const made = new Set(['start --> requesting', 'start --> challenging', joinRefused(), ...verified()]);
  const faults = new Map<string, Case>();
  let cases = 0;
  for (const each of everything()) {
    cases += 1;
    const [from, to] = [each.before.phase, phaseAfter(each)];
    if (from !== to) made.add(`${from} --> ${to}`);
    const wrong = fault(each);
    if (wrong !== undefined) faults.set(`${from}: ${wrong}`, each);
  }
  t.same([...faults.keys()], [], `each of ${cases} decisions is sound`);
  if (faults.size > 0) t.comment(JSON.stringify([...faults.entries()].slice(0, 3), null, 1));
  t.same([...made].filter((each) => !drawn.has(each)), [], 'none is made that is not in the diagram');
  t.same([...drawn].filter((each) => !made.has(each)), [], 'none is in the diagram that is not made');
});

void t.test('from every phase there is a way on', async (t) => {
  const arrows = TRANSITIONS.flatMap((each) => sourcesOf(each).map((from) => ({ from, to: each.to })));
  const reach = (from: string): Set<string> => {
    const reached = new Set<string>([from]);
    for (const each of reached) for (const arrow of arrows) if (arrow.from === each) reached.add(arrow.to);
    return reached;
  };
  const fromStart = reach('start');
  for (const phase of ALL_PHASES) {
    t.ok(fromStart.has(phase), `${phase} can be reached`);
    t.ok(reach(phase).has('gone'), `${phase} can be left for good`);
  }
  for (const phase of GROUPS.wanted) t.ok(reach(phase).has('active'), `${phase} leads to active`);
});

void t.test('the diagram in docs/ is what the code says', async (t) => {
  const text = await readFile('docs/domain-states.md', 'utf8');
  t.ok(withGenerated(text, 'states', domainStates()) === text, 'run `npm run docs` after a change');
});
