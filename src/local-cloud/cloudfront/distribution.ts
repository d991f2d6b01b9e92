import type { XmlElement } from './xml.ts';

/** A distribution as it is kept; plain JSON. Times in milliseconds since the epoch. */
export interface Distribution {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  readonly etag: string;
  readonly createdAt: number;
  readonly lastModifiedAt: number;
  readonly tags: Readonly<Record<string, string>>;
  /** In the order they were accepted: the deployed one, if any, and all that are still on their way. */
  readonly revisions: readonly Revision[];
}

export interface Revision {
  readonly config: XmlElement;
  /** From this moment on viewers are served by it. */
  readonly deployedAt: number;
}

/** What GetDistribution answers: the last accepted configuration. */
export function currentConfig(distribution: Distribution): XmlElement {
  return lastRevision(distribution).config;
}

/** What viewers are served by; undefined until the first deployment is done. */
export function deployedConfig(distribution: Distribution, now: number): XmlElement | undefined {
  return distribution.revisions.findLast((revision) => revision.deployedAt <= now)?.config;
}

export function isDeployed(distribution: Distribution, now: number): boolean {
  return lastRevision(distribution).deployedAt <= now;
}

/** The deployed configuration and those on their way: all that may still serve a viewer. */
export function configsInUse(distribution: Distribution, now: number): readonly XmlElement[] {
  return revisionsInUse(distribution, now).map((revision) => revision.config);
}

/** Changes deploy in the order they were accepted, even when the clock is set back in between. */
export function deployTime(distribution: Distribution, now: number, deployTimeMs: number): number {
  return Math.max(now + deployTimeMs, lastRevision(distribution).deployedAt);
}

/** With one more accepted configuration; those that no viewer can meet any more are forgotten. */
export function withRevision(
  distribution: Distribution, revision: Revision, accepted: { readonly at: number; readonly etag: string },
): Distribution {
  const revisions = [...revisionsInUse(distribution, accepted.at), revision];
  return { ...distribution, etag: accepted.etag, lastModifiedAt: accepted.at, revisions };
}

function revisionsInUse({ revisions }: Distribution, now: number): readonly Revision[] {
  return revisions.slice(Math.max(0, revisions.findLastIndex((revision) => revision.deployedAt <= now)));
}

function lastRevision({ revisions }: Distribution): Revision {
  return revisions[revisions.length - 1] as Revision; // there is one from creation on
}
