import type { AliasState } from './alias.ts';
import type { Look } from './look.ts';
import type { OpenOperation } from './operation.ts';
import { pointsAt, type AliasRole } from './plan-switch.ts';
import type { LiveRecord, Pin } from './project.ts';

/** What is live: by the records, and by the aliases as they are on Lambda now. */
export interface LiveState {
  /** What the last operation made live; null before the first. */
  readonly live: Pick<LiveRecord, 'deploymentId' | 'operationId' | 'at'> | null;
  /** Null when the project has no such function. */
  readonly server: AliasView | null;
  readonly image: AliasView | null;
  /** Null when an alias could not be read and none is known to disagree. */
  readonly agrees: boolean | null;
  /** Each way in which an alias is not where the records say, as a sentence. */
  readonly drift: readonly string[];
  readonly pin: Pin | null;
  /** The operation that is running. */
  readonly operation: OpenOperation | null;
}

export interface AliasView {
  readonly functionName: string;
  /** Null when the alias could not be read, and so are weights and revision. */
  readonly version: string | null;
  readonly weights: Readonly<Record<string, number>> | null;
  readonly revisionId: string | null;
  /** Where the records say that the alias is; null before the first operation, when anything agrees. */
  readonly recordedVersion: string | null;
  readonly agrees: boolean | null;
  /** Why the alias could not be read. */
  readonly error: string | null;
}

export function aliasView(
  role: AliasRole, functionName: string, look: Look<AliasState>, live: LiveRecord | undefined,
): AliasView {
  const record = live?.[role];
  // A record of another function says nothing of this one.
  const recordedVersion = record?.functionName === functionName ? record.version : null;
  const unread = { functionName, version: null, weights: null, revisionId: null, recordedVersion };
  switch (look.kind) {
    case 'unknown': return { ...unread, agrees: null, error: look.reason };
    case 'absent': return {
      ...unread, agrees: false, error: `The function ${functionName} or its live alias does not exist on Lambda.`,
    };
    case 'found': return {
      functionName, recordedVersion, ...look.value, error: null,
      agrees: recordedVersion === null || pointsAt(look.value, recordedVersion),
    };
  }
}

export function agreement(views: readonly (AliasView | null)[]): boolean | null {
  const verdicts = views.flatMap((view) => (view ? [view.agrees] : []));
  if (verdicts.includes(false)) return false;
  return verdicts.includes(null) ? null : true;
}

/** Empty unless the alias is known to disagree. */
export function driftOf(role: AliasRole, view: AliasView | null): string[] {
  if (view?.agrees !== false) return [];
  const { version, weights, recordedVersion, error } = view;
  if (error !== null) return [error];
  const shares = Object.entries({ ...weights })
    .map(([other, weight]) => `The ${role} alias sends ${percent(weight)} of its requests to version ${other}.`);
  return version === recordedVersion ? shares : [
    `The ${role} alias is at version ${version}, and version ${recordedVersion} was made live last: `
    + 'somebody moved it by hand or with another tool.',
    ...shares,
  ];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
