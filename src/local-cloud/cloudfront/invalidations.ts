import { Collection } from '../collection.ts';
import type { Persistence } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { RandomIds } from './random-ids.ts';

/** Times in milliseconds since the epoch. */
export interface Invalidation {
  readonly id: string;
  /** The distribution, or the distribution tenant, whose paths they are. */
  readonly distributionId: string;
  readonly callerReference: string;
  readonly paths: readonly string[];
  readonly createdAt: number;
  /** InProgress before, Completed from then on: as long as a deployment takes. */
  readonly completedAt: number;
}

const WILDCARDS_IN_PROGRESS = 15;
const PATHS_IN_PROGRESS = 3_000;

export class Invalidations {
  readonly #invalidations: Collection<Invalidation>;
  readonly #now: () => number;
  readonly #settings: LocalCloudSettings;
  readonly #ids: RandomIds;

  constructor({ persistence, now, settings, ids }: {
    persistence: Persistence; now: () => number; settings: LocalCloudSettings; ids: RandomIds;
  }) {
    this.#invalidations = new Collection(persistence, 'cloudfront-invalidations');
    this.#now = now;
    this.#settings = settings;
    this.#ids = ids;
  }

  /** The same reference with the same paths answers the batch that exists, whatever the order of the paths. */
  create(distributionId: string, callerReference: string, paths: readonly string[]): Invalidation {
    checkPaths(paths);
    const twin = this.list(distributionId).find((other) => other.callerReference === callerReference);
    if (twin) return sameBatch(twin, paths);
    this.#checkQuotas(distributionId, paths);
    const createdAt = this.#now();
    const completedAt = createdAt + this.#settings.deployTimeMs;
    const invalidation = { id: this.#ids.short('I'), distributionId, callerReference, paths, createdAt, completedAt };
    this.#invalidations.set(invalidation.id, invalidation);
    return invalidation;
  }

  get(distributionId: string, id: string): Invalidation {
    const invalidation = this.#invalidations.get(id);
    if (invalidation?.distributionId === distributionId) return invalidation;
    throw new CloudFrontError('NoSuchInvalidation', 'The specified invalidation does not exist.');
  }

  /** Newest first. */
  list(distributionId: string): readonly Invalidation[] {
    return [...this.#invalidations.values()]
      .filter((invalidation) => invalidation.distributionId === distributionId)
      .sort((a, b) => b.createdAt - a.createdAt || a.id.localeCompare(b.id));
  }

  inProgress(distributionId: string): readonly Invalidation[] {
    return this.list(distributionId).filter((invalidation) => this.statusOf(invalidation) === 'InProgress');
  }

  statusOf(invalidation: Invalidation): 'InProgress' | 'Completed' {
    return this.#now() < invalidation.completedAt ? 'InProgress' : 'Completed';
  }

  removeAllOf(distributionId: string): void {
    for (const { id } of this.list(distributionId)) this.#invalidations.delete(id);
  }

  #checkQuotas(distributionId: string, paths: readonly string[]): void {
    if (paths.length > PATHS_IN_PROGRESS) {
      throw new CloudFrontError('BatchTooLarge', 'Invalidation batch specified is too large.');
    }
    const all = [...this.inProgress(distributionId).flatMap((other) => other.paths), ...paths];
    const wildcards = all.filter((path) => path.endsWith('*'));
    if (wildcards.length > WILDCARDS_IN_PROGRESS || all.length > PATHS_IN_PROGRESS) {
      throw new CloudFrontError('TooManyInvalidationsInProgress',
        'Your request exceeds the maximum number of invalidations in progress.');
    }
  }
}

/** Each starts with a slash, holds no white space, and has a `*` at most at its end. */
function checkPaths(paths: readonly string[]): void {
  if (paths.length === 0 || !paths.every((path) => /^\/[^\s*]*\*?$/.test(path))) {
    throw new CloudFrontError('InvalidArgument', 'Your request contains one or more invalid invalidation paths.');
  }
}

function sameBatch(twin: Invalidation, paths: readonly string[]): Invalidation {
  if ([...twin.paths].sort().join('\n') === [...paths].sort().join('\n')) return twin;
  throw new CloudFrontError('InvalidationBatchAlreadyExists',
    'The caller reference is associated with another invalidation batch, which has other paths.');
}
