import type { DomainPhase } from './domain/custom-domain.ts';
import { statusOf } from './domain/view-domain.ts';

/** What a domain does in each phase. */
export const PHASES: Readonly<Record<DomainPhase, string>> = {
  challenging: 'waits for the TXT record that proves control of a name others hold or held',
  requesting: 'its certificate is being asked for',
  validating: 'waits for the DNS record that proves control',
  joining: 'proven; to be taken up by CloudFront, or to be moved from another distribution that has the name',
  deploying: 'accepted by CloudFront, which rolls it out; or its certificate has ended and another is on its way',
  active: 'served; its DNS record is watched',
  drifted: 'others changed on CloudFront what it needs',
  failed: 'the end, until its owner wants something',
  leaving: 'being taken off CloudFront',
  releasing: 'off CloudFront; its certificate is being deleted',
};

/** Phases from which the same things can happen. */
export const GROUPS = {
  onCloudFront: ['deploying', 'active', 'drifted'],
  wanted: ['challenging', 'requesting', 'validating', 'joining', 'deploying', 'active', 'drifted', 'failed'],
} as const satisfies Readonly<Record<string, readonly DomainPhase[]>>;

export interface Transition {
  /** `start`: there is no domain yet. */
  readonly from: 'start' | DomainPhase | keyof typeof GROUPS;
  /** `gone`: there is no domain any more. */
  readonly to: DomainPhase | 'gone';
  readonly cause: string;
}

/** Every change of phase there is; `test/domain/domain-states.test.ts` holds it against what the code decides. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'start', to: 'requesting', cause: 'added, name claimed' },
  { from: 'start', to: 'challenging', cause: 'added, others hold or held the name' },
  { from: 'challenging', to: 'requesting', cause: 'its TXT record is seen' },
  { from: 'challenging', to: 'failed', cause: 'its TXT record was not set in time' },
  { from: 'requesting', to: 'challenging', cause: 'others were quicker' },
  { from: 'validating', to: 'challenging', cause: 'others were quicker' },
  { from: 'requesting', to: 'validating', cause: 'ACM gave an ARN' },
  { from: 'validating', to: 'joining', cause: 'its own certificate is issued' },
  { from: 'validating', to: 'requesting', cause: 'its certificate is gone' },
  { from: 'validating', to: 'failed', cause: 'ACM refused or gave up' },
  { from: 'joining', to: 'requesting', cause: 'its certificate has ended' },
  { from: 'joining', to: 'deploying', cause: 'accepted by CloudFront' },
  { from: 'joining', to: 'active', cause: 'accepted and deployed' },
  { from: 'joining', to: 'drifted', cause: 'changed by others' },
  { from: 'joining', to: 'validating', cause: 'its DNS record is gone' },
  { from: 'joining', to: 'failed', cause: 'its tenant may not have the name, which others hold' },
  { from: 'deploying', to: 'active', cause: 'deployed' },
  { from: 'deploying', to: 'drifted', cause: 'changed by others' },
  { from: 'active', to: 'drifted', cause: 'changed by others' },
  { from: 'active', to: 'deploying', cause: 'its certificate has ended' },
  { from: 'drifted', to: 'active', cause: 'right again' },
  { from: 'drifted', to: 'deploying', cause: 'right again, being deployed' },
  { from: 'onCloudFront', to: 'joining', cause: 'to be taken up anew' },
  { from: 'onCloudFront', to: 'validating', cause: 'to be proven anew' },
  { from: 'onCloudFront', to: 'requesting', cause: 'to be proven anew, without a certificate' },
  { from: 'failed', to: 'requesting', cause: 'verified: a fresh certificate' },
  { from: 'failed', to: 'challenging', cause: 'verified: its TXT record is looked for again' },
  { from: 'failed', to: 'joining', cause: 'verified: tries again' },
  { from: 'wanted', to: 'leaving', cause: 'deleted, or its project or name is' },
  { from: 'leaving', to: 'releasing', cause: 'off CloudFront' },
  { from: 'releasing', to: 'leaving', cause: 'a late change has brought it back' },
  { from: 'releasing', to: 'failed', cause: 'others have taken the name over' },
  { from: 'releasing', to: 'gone', cause: 'certificate deleted, name given back' },
];

/** The phases a transition begins in. */
export function sourcesOf({ from }: Transition): readonly ('start' | DomainPhase)[] {
  return from === 'onCloudFront' || from === 'wanted' ? GROUPS[from] : [from];
}

/** The diagram of all transitions, and what each phase means and is called in the API. Markdown. */
export function domainStates(): string {
  return `${diagram()}\n\n${phaseTable()}`;
}

function diagram(): string {
  const inner = GROUPS.onCloudFront;
  const outer = GROUPS.wanted.filter((phase) => !inner.some((each) => each === phase));
  return [
    '```mermaid', 'stateDiagram-v2',
    '  state wanted {', ...outer.map((phase) => `    ${phase}`),
    '    state onCloudFront {', ...inner.map((phase) => `      ${phase}`), '    }', '  }',
    ...TRANSITIONS.map(({ from, to, cause }) => (
      `  ${from === 'start' ? '[*]' : from} --> ${to === 'gone' ? '[*]' : to}: ${cause}`
    )),
    '```',
  ].join('\n');
}

function phaseTable(): string {
  const rows = (Object.keys(PHASES) as DomainPhase[]).map((phase) => (
    `| ${phase} | ${statusesOf(phase).map((status) => `\`${status}\``).join(', ')} | ${PHASES[phase]} |`
  ));
  return ['| Phase | `status` in the API | What happens |', '| --- | --- | --- |', ...rows].join('\n');
}

/** While the domain is wanted; one that is being deleted is `deleting` in every phase. */
function statusesOf(phase: DomainPhase): string[] {
  const seen = [{}, { renewalAtRiskSince: 1 }, { held: { target: 'd1.cloudfront.net' } }].map((more) => statusOf({ desired: 'present', phase, ...more }));
  return [...new Set(seen)];
}
