import { Collection } from '../collection.ts';
import type { Persistence } from '../collection.ts';

/** Certificate ARN → when the last change that let go of it is (or will be) deployed, in ms since the epoch. */
export class CertificateReleases {
  readonly #releases: Collection<number>;
  readonly #now: () => number;

  constructor({ persistence, now }: { persistence: Persistence; now: () => number }) {
    this.#releases = new Collection(persistence, 'cloudfront-releases');
    this.#now = now;
  }

  /**
   * To be called before the change itself is written: a release that comes to nothing is hidden by
   * whoever still uses the certificate, a missing one would not be noticed.
   */
  add(certificateArn: string | undefined, at: number): void {
    if (certificateArn !== undefined) this.#releases.set(certificateArn, at);
  }

  /** Undefined when it was never let go of or that is still under way. */
  lastOf(certificateArn: string): number | undefined {
    const releasedAt = this.#releases.get(certificateArn);
    return releasedAt !== undefined && releasedAt <= this.#now() ? releasedAt : undefined;
  }
}
