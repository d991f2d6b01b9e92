/** A thing whose configuration reaches viewers some time after it was accepted. Times in ms since the epoch. */
export interface Revised<Config> {
  readonly etag: string;
  readonly lastModifiedAt: number;
  /** In the order they were accepted: the deployed one, if any, and all that are still on their way. */
  readonly revisions: readonly Revision<Config>[];
}

export interface Revision<Config> {
  readonly config: Config;
  /** From this moment on viewers are served by it. */
  readonly deployedAt: number;
}

/** The last accepted configuration: what a Get answers. */
export function currentConfig<Config>(thing: Revised<Config>): Config {
  return lastRevision(thing).config;
}

/** What viewers are served by; undefined until the first deployment is done. */
export function deployedConfig<Config>(thing: Revised<Config>, now: number): Config | undefined {
  return thing.revisions.findLast((revision) => revision.deployedAt <= now)?.config;
}

export function isDeployed(thing: Revised<unknown>, now: number): boolean {
  return lastRevision(thing).deployedAt <= now;
}

export function statusOf(thing: Revised<unknown>, now: number): 'Deployed' | 'InProgress' {
  return isDeployed(thing, now) ? 'Deployed' : 'InProgress';
}

/** The deployed configuration and those on their way: all that may still serve a viewer. */
export function configsInUse<Config>(thing: Revised<Config>, now: number): readonly Config[] {
  return revisionsInUse(thing, now).map((revision) => revision.config);
}

/** Changes deploy in the order they were accepted, even when the clock is set back in between. */
export function deployTime(thing: Revised<unknown>, now: number, deployTimeMs: number): number {
  return Math.max(now + deployTimeMs, lastRevision(thing).deployedAt);
}

/** With one more accepted configuration; those that no viewer can meet any more are forgotten. */
export function withRevision<Config, Thing extends Revised<Config>>(
  thing: Thing, revision: Revision<Config>, accepted: { readonly at: number; readonly etag: string },
): Thing {
  const revisions = [...revisionsInUse<Config>(thing, accepted.at), revision];
  return { ...thing, etag: accepted.etag, lastModifiedAt: accepted.at, revisions };
}

function revisionsInUse<Config>({ revisions }: Revised<Config>, now: number): readonly Revision<Config>[] {
  return revisions.slice(Math.max(0, revisions.findLastIndex((revision) => revision.deployedAt <= now)));
}

function lastRevision<Config>({ revisions }: Revised<Config>): Revision<Config> {
  return revisions[revisions.length - 1] as Revision<Config>; // there is one from creation on
}
