import { checkDelayMs } from './check-delay.ts';
import type { DomainSettings } from './domain-settings.ts';

/** A name that another distribution or distribution tenant has, or one that overlaps it. */
export interface NameConflict {
  /** The alias there: the name itself, a wildcard that stands for it, or a name it stands for. */
  readonly name: string;
  readonly kind: 'distribution' | 'distribution-tenant';
  /** As AWS gives it, partly hidden: `*******EXAMPLE`. */
  readonly id: string;
  /** As AWS gives it, partly hidden: `******112233`. */
  readonly accountId: string;
}

export interface NameHolder extends NameConflict {
  readonly sameAccount: boolean;
}

/** What is known of a name that CloudFront refused because another distribution has it. */
export interface HeldElsewhere {
  /** When it was refused first. */
  readonly since: number;
  /** When it was refused last. */
  readonly triedAt: number;
  /** When DNS and the holder are looked at next. */
  readonly lookAt: number;
  /** When its owner last asked to have it tried at once. */
  readonly askedAt?: number;
  /** What the TXT record has to say: the domain name of our distribution. */
  readonly target: string;
  /** Who has it; absent until AWS tells, which it does once a certificate on our distribution covers the name. */
  readonly holder?: NameHolder;
  /** What AWS said to the last attempt to move the name. */
  readonly refusal?: string;
}

/** What the owner of a name that is held elsewhere is shown. */
export type HeldView = Pick<HeldElsewhere, 'target' | 'holder'>;

/**
 * A name that no longer seems held is tried again at most this often, in base intervals: CloudFront
 * may go on refusing it for a while.
 */
const RETRY_INTERVALS = 6;
const LONGEST_RETRY_MS = 24 * 60 * 60_000;

/** The TXT record by which CloudFront is shown that the name's owner wants it moved; also for an apex. */
export function moveRecordName(name: string): string {
  return `_${name}`;
}

/** Holds the name from now on, or still. */
export function heldSince(before: HeldElsewhere | undefined, target: string, now: number): HeldElsewhere {
  return { ...before, since: before?.since ?? now, triedAt: now, lookAt: now, target };
}

export function nextLookAt({ since }: HeldElsewhere, name: string, now: number, settings: DomainSettings): number {
  return now + checkDelayMs(settings.certificateCheckMs, now - since, name);
}

/** Whether the usual way may be tried again for a name that nobody seems to hold any more. */
export function mayRetry(held: HeldElsewhere, now: number, settings: DomainSettings): boolean {
  const { since, triedAt } = held;
  if (isAskedFor(held)) return true;
  const paceMs = checkDelayMs(settings.certificateCheckMs, now - since, '');
  return now - triedAt >= Math.max(paceMs, RETRY_INTERVALS * settings.certificateCheckMs);
}

/**
 * Whether it is time to try the usual way where AWS cannot be asked for the holder: that takes a
 * certificate each time, so the wait doubles, up to a day.
 */
export function mayTryBlindly(held: HeldElsewhere, now: number, settings: DomainSettings): boolean {
  const { since, triedAt } = held;
  if (isAskedFor(held)) return true;
  return now - triedAt >= Math.min(Math.max(triedAt - since, settings.replanAfterMs), LONGEST_RETRY_MS);
}

/** Whether its owner has asked for a try since the last one. */
function isAskedFor({ askedAt, triedAt }: HeldElsewhere): boolean {
  return askedAt !== undefined && askedAt > triedAt;
}

/**
 * The one to name: who has the name itself, else somebody of another account whose alias overlaps it,
 * which AWS does not let two accounts have. Overlaps within one account are no conflict.
 */
export function holderAmong(
  name: string, conflicts: readonly NameConflict[], ourCertificateArn: string,
): NameHolder | undefined {
  const account = ourCertificateArn.split(':')[4] ?? '';
  const holders = conflicts.map((each) => ({ ...each, sameAccount: account.endsWith(each.accountId.replace(/^\*+/, '')) }));
  return holders.find((each) => each.name === name) ?? holders.find(({ sameAccount }) => !sameAccount);
}

/** Whether AWS offers any way to move the name here: not one that is only overlapped. */
export function isMovable(name: string, { holder }: HeldView): boolean {
  return holder === undefined || holder.name === name;
}

/** Whether a value of the TXT record asks for the move to the distribution with this domain name. */
export function asksForMove(value: string, target: string): boolean {
  return value.toLowerCase().replace(/\.$/, '') === target.toLowerCase();
}

/** For the name's owner: who has it, and the way to get it here. */
export function heldMessage(name: string, held: Pick<HeldElsewhere, 'holder' | 'target' | 'refusal'>): string {
  const refused = held.refusal === undefined ? ''
    : ` AWS refused the last attempt to move it (${held.refusal}); it is tried again for as long as the record is there.`;
  return `${whoHolds(name, held.holder)} ${wayOut(name, held)}${refused}`;
}

export function movingMessage(name: string): string {
  return `The TXT record for ${name} has been seen. The name is moved here as soon as CloudFront has deployed a `
    + 'certificate for it, so that it is served all the time. There is nothing to do.';
}

function whoHolds(name: string, holder: NameHolder | undefined): string {
  if (!holder) {
    return `Another CloudFront distribution already has ${name} as its alternate domain name, and CloudFront gives a `
      + 'name to one distribution only. AWS has not told which one.';
  }
  const kind = holder.kind === 'distribution' ? 'distribution' : 'distribution tenant';
  const account = holder.sameAccount ? 'this AWS account' : `the AWS account ${holder.accountId}`;
  const what = holder.name === name ? name : `${holder.name}, which overlaps ${name},`;
  return `${what} is held by the CloudFront ${kind} ${holder.id} of ${account}.`;
}

function wayOut(name: string, { holder, target }: HeldView): string {
  const record = `the TXT record ${moveRecordName(name)} with the value ${target}`;
  if (!isMovable(name, { holder, target } as HeldView)) {
    return 'AWS has no way to move a name that is only overlapped from another account: its owner has to take it off '
      + 'there, or AWS Support has to be asked. It is taken up here by itself once it is free.';
  }
  if (holder?.sameAccount === false) {
    return 'Between AWS accounts a name is moved only while the distribution that has it is disabled: have it disabled '
      + `and set ${record}, and the name is moved here; or have it taken off there. Without access to that account, `
      + 'ask AWS Support: there is no other way.';
  }
  if (holder?.kind === 'distribution-tenant') {
    return `AWS moves a name away from a distribution tenant only while that is disabled: disable it and set ${record}, `
      + 'and the name is moved here; or take it off there.';
  }
  return `Set ${record}, and the name is moved here without an interruption; or take it off there.`;
}
