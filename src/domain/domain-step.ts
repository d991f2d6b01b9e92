import type { Certificate, CertificateStatus } from './certificate.ts';
import { checkDelayMs, failureDelayMs } from './check-delay.ts';
import type { CustomDomain } from './custom-domain.ts';
import type { DomainSettings } from './domain-settings.ts';
import type { EdgeDrift, EdgeRefusal } from './edge.ts';
import type { HeldElsewhere } from './held-name.ts';
import { NOT_ASKED } from './observed.ts';
import type { Observed, Pointing, Proof, StillPending } from './observed.ts';
import type { DriftHandling } from './project.ts';

/** What the world looks like from one domain; only what its phase needs is asked for. */
export interface DomainObservation {
  /** Whether the domain may still exist: its project is open and its name is claimed for it. */
  readonly standing: 'not_asked' | 'good' | 'project_closing' | 'project_gone' | ClaimStanding;
  /** The record that proves control to Anchor. */
  readonly control: 'not_asked' | Proof;
  /** Whoever had the name before: still there and not told, on its way out, or off its distribution. */
  readonly predecessor: 'not_asked' | 'untold' | 'leaving' | 'gone';
  /** The domain's own certificate; listed as pending only where its validation record is known already. */
  readonly certificate: Observed<Certificate> | StillPending;
  /** The ARN under the token of the present generation. */
  readonly byToken: Observed<string>;
  /** The domain's validation record in DNS. */
  readonly proof: 'not_asked' | Proof;
  readonly edge: Observed<EdgeStanding>;
  /** What the project wants done about outside changes; asked for when there are any. */
  readonly driftHandling: DriftHandling;
  /** Where DNS sends the name; asked for while it is taken off. */
  readonly pointing: 'not_asked' | Pointing;
}

/**
 * What the name's claim says to a domain that does not hold it.
 *
 * - `claim_lost`: somebody else has it, or nobody
 * - `taken_over`: another project has it, for a proof of control
 * - `claimable`: nobody holds it, and this domain may once it has proven control
 * - `contending`: the domain still holds it that the proof was asked against
 * - `outrun`: since the proof was asked for, yet another domain got it
 */
export type ClaimStanding = 'claim_lost' | 'taken_over' | 'claimable' | 'contending' | 'outrun';

/** How a domain stands with CloudFront, whichever way it gets there. */
export interface EdgeStanding {
  readonly state: EdgeState;
  /** For `other`: which domain that is, unless it is leaving already. */
  readonly otherDomainId?: string;
  /** When it came to stand so, as far as that is known; looks become rarer with time. */
  readonly since?: number;
  /** For `held`, `moving`, `attached` and `served`: the domain's own certificate, unless it is no longer needed or no longer its to delete. */
  readonly ownCertificateArn?: string;
  readonly servingCertificateArn?: string;
  /** The end of the serving certificate, where it is known already; else the domain asks ACM itself. */
  readonly certificateExpiresAt?: number;
  /** The serving certificate has ended. */
  readonly certificateEnded?: CertificateStatus;
  /** Others changed what this name needs. */
  readonly drift?: EdgeDrift;
  /** For `held` and `moving`. */
  readonly held?: HeldElsewhere;
  /** For `refused`. */
  readonly refusal?: EdgeRefusal;
  /** Why it does not move on, for its owner. */
  readonly reason?: string;
  /** For its owner: what is wrong with a name that is served all the same. */
  readonly warning?: string;
  /** No room for one more name. */
  readonly full: boolean;
  /** Whether something else repairs drift and sets the domain due once it stands otherwise; if not it does so itself. */
  readonly watched: boolean;
}

/**
 * - `absent`: nothing is there of this domain
 * - `other`: another domain with the same name is there, on its way out
 * - `joining`: to be taken up; CloudFront has not been seen to accept it
 * - `held`: another distribution has the name
 * - `moving`: its owner has asked in DNS for the name to be moved here
 * - `attached`: CloudFront has accepted it and is deploying
 * - `served`: deployed
 * - `leaving`: being taken off; there is nothing to do but wait
 * - `off`: still there, but serves nobody: one more step and it is gone
 * - `refused`: could not be taken up
 */
export type EdgeState =
  | 'absent' | 'other' | 'joining' | 'held' | 'moving' | 'attached' | 'served' | 'leaving' | 'off' | 'refused';

export const NOTHING_OBSERVED: DomainObservation = {
  standing: 'not_asked', control: 'not_asked', predecessor: 'not_asked',
  certificate: NOT_ASKED, byToken: NOT_ASKED, proof: 'not_asked', edge: NOT_ASKED,
  driftHandling: 'repair', pointing: 'not_asked',
};

export interface DomainDecision {
  /**
   * - `save`: nothing outside changes
   * - `request_certificate`: asks ACM under the token of the present generation; answers the ARN
   * - `join_edge`, `leave_edge`: one step onto CloudFront, or off it
   * - `remove_certificate`: deletes the domain's own certificate
   * - `remove_retired`: deletes one of the certificates that earlier generations left
   * - `take_claim`: makes the name this domain's, if its claim is still the one that control was proven against
   * - `challenge_again`: asks for a new proof of control
   * - `tell_predecessor`: makes the domain that had the name before look at its claim
   * - `add_pair`, `part_pair`: adds the `www` of an apex; unties the two
   * - `forget`: gives the name back, then drops the record
   * - `lay_down`: gives back what it has of the name, and saves the record for its owner to read
   */
  readonly action:
    | 'save' | 'request_certificate' | 'join_edge' | 'leave_edge' | 'remove_certificate' | 'remove_retired'
    | 'take_claim' | 'challenge_again' | 'tell_predecessor' | 'add_pair' | 'part_pair' | 'forget' | 'lay_down';
  /** The record after this decision: phase, reason and the rest of what has become known. */
  readonly record: CustomDomain;
  /** Undefined: not before somebody wants something of it. Now: at once. */
  readonly nextCheckAt: number | undefined;
}

export interface DomainContext {
  readonly record: CustomDomain;
  readonly observed: DomainObservation;
  readonly now: number;
  readonly settings: DomainSettings;
}

export type Changes = { readonly [K in keyof CustomDomain]?: CustomDomain[K] | undefined };

/** The record with these changes; undefined takes an attribute away. */
export function withChanges(record: CustomDomain, changes: Changes): CustomDomain {
  const entries = Object.entries({ ...record, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as CustomDomain;
}

/** Something became known: decide again at once. */
export function moveOn({ record, now }: DomainContext, changes: Changes): DomainDecision {
  return { action: 'save', record: withChanges(record, { ...changes, attempts: 0 }), nextCheckAt: now };
}

/** Looks again at the pace of `CHECK_SCHEDULE`, counted from `since`. */
export function wait({ record, now, settings }: DomainContext, since: number, changes: Changes): DomainDecision {
  const delayMs = checkDelayMs(settings.certificateCheckMs, now - since, record.domainId);
  return { action: 'save', record: withChanges(record, { ...changes, attempts: 0 }), nextCheckAt: now + delayMs };
}

/** Nothing is decided on what could not be seen. */
export function blind({ record, now, settings }: DomainContext): DomainDecision {
  const attempts = record.attempts + 1;
  const delayMs = failureDelayMs(settings.certificateCheckMs, attempts, record.domainId);
  return { action: 'save', record: { ...record, attempts }, nextCheckAt: now + delayMs };
}

/** Nothing to do for so long. */
export function later({ record, now }: DomainContext, delayMs: number, changes: Changes): DomainDecision {
  return { action: 'save', record: withChanges(record, { ...changes, attempts: 0 }), nextCheckAt: now + delayMs };
}

/** The end, until somebody wants something of the domain. */
export function rest({ record }: DomainContext, changes: Changes): DomainDecision {
  return { action: 'save', record: withChanges(record, { ...changes, attempts: 0 }), nextCheckAt: undefined };
}

/** One retired certificate a pass. One that cannot be deleted yet holds up neither the domain nor the others. */
export function removeRetired({ record, now, settings }: DomainContext, waiting: DomainDecision): DomainDecision {
  if (record.retiredCertificateArns === undefined) return waiting;
  const at = (record.retiredTriedAt ?? -Infinity) + settings.inUseRetryMs;
  if (now < at) return { ...waiting, nextCheckAt: Math.min(waiting.nextCheckAt ?? Infinity, at) };
  return { ...waiting, action: 'remove_retired' };
}

export function act({ record, now }: DomainContext, action: DomainDecision['action']): DomainDecision {
  return { action, record, nextCheckAt: now };
}

/** What is known once ACM has given the certificate an ARN. */
export function requested(ownCertificateArn: string): Pick<CustomDomain, 'ownCertificateArn' | 'certificateStatus'> {
  return { ownCertificateArn, certificateStatus: 'PENDING_VALIDATION' };
}
