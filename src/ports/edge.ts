import type { CustomDomain } from '../domain/custom-domain.ts';
import type { EdgeStanding } from '../domain/domain-step.ts';
import type { EdgeRefusal } from '../domain/edge.ts';
import type { Observed } from '../domain/observed.ts';

/**
 * The way a domain gets onto CloudFront and off it again. Each way makes at most one change outside
 * a call, may be called any number of times, and may throw `CloudError`: then nothing is assumed
 * about what CloudFront did, and the next `standing` tells.
 */
export interface DomainEdge {
  /** How the name stands; `unknown` when CloudFront could not be asked. */
  standing(record: CustomDomain): Promise<Observed<EdgeStanding>>;
  /** One step towards being served by the domain's own ISSUED certificate or a shared one. */
  join(record: CustomDomain): Promise<Joined>;
  /** One step towards being gone; takes nothing away from another domain of the same name. */
  leave(record: CustomDomain): Promise<Left>;
  /** Somebody waits for this domain: what is looked at in the background is looked at soon. */
  hurry(record: CustomDomain): Promise<void>;
}

/** `done`: wait for what comes of it. `again`: the world was not as it had looked; look anew. */
export type Left = 'done' | 'again';

/** A refusal is the end of this attempt; the domain decides what comes next. */
export type Joined = Left | EdgeRefusal;
