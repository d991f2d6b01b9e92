import type { AliasState } from './alias.ts';
import { pointsAt, type AliasRole } from './plan-switch.ts';
import type { AliasRecord, Drift, LiveRecord, Project } from './project.ts';
import type { AliasDrift } from './shared-words.ts';

/** What a look at the aliases gave; undefined for one that does not exist. */
export type SeenAliases = Readonly<Partial<Record<AliasRole, AliasState | undefined>>>;

export interface AliasFindings {
  readonly drift: Drift | undefined;
  /** With the revision of every alias that is where it should be. */
  readonly live: LiveRecord;
  readonly news: boolean;
  /** Whether the drift is another than what was known. */
  readonly newDrift: boolean;
}

/**
 * Compares the live record with the aliases. An alias that was written without being moved keeps the
 * project's next switch on its fast path, because its new RevisionId is taken over.
 */
export function compareAliases(
  { drift: known }: Pick<Project, 'drift'>, live: LiveRecord, seen: SeenAliases, now: number,
): AliasFindings {
  const server = compare(live.server, seen.server);
  const image = live.image && compare(live.image, seen.image);
  const differences = { ...(server.drift && { server: server.drift }), ...(image?.drift && { image: image.drift }) };
  const drift = Object.keys(differences).length > 0 ? { since: known?.since ?? now, ...differences } : undefined;
  const found = { ...live, server: server.record, ...(image && { image: image.record }) };
  const newDrift = drift !== undefined && !sameDrift(known, drift);
  const news = !sameDrift(known, drift) || server.record !== live.server || image?.record !== live.image;
  return { drift, live: found, news, newDrift };
}

function compare(record: AliasRecord, alias: AliasState | undefined): { record: AliasRecord; drift?: AliasDrift } {
  const expected = record.version;
  if (!alias) return { record, drift: { expected, weights: {} } };
  if (!pointsAt(alias, expected)) return { record, drift: { expected, found: alias.version, weights: alias.weights } };
  return { record: alias.revisionId === record.revisionId ? record : { ...record, revisionId: alias.revisionId } };
}

function sameDrift(a: Drift | undefined, b: Drift | undefined): boolean {
  return sameAliasDrift(a?.server, b?.server) && sameAliasDrift(a?.image, b?.image);
}

function sameAliasDrift(a: AliasDrift | undefined, b: AliasDrift | undefined): boolean {
  if (!a || !b) return a === b;
  return a.found === b.found && a.expected === b.expected && sameWeights(a.weights, b.weights);
}

function sameWeights(a: AliasDrift['weights'], b: AliasDrift['weights']): boolean {
  const versions = Object.keys({ ...a, ...b });
  return versions.every((version) => a[version] === b[version]);
}
