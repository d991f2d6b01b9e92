import { AnchorError } from './errors.ts';

/** How a project's site says which build answers: by a header, or by a value in its JSON body. */
export interface ProbeSettings {
  /** http or https, without user name and password. */
  readonly url: string;
  /** Exactly one of the two is given. */
  readonly header?: string;
  /** See `JSON_PATH_PATTERN`. */
  readonly jsonPath?: string;
  /**
   * What the value has to be, with `{deploymentId}` and `{version}` in the place of the target's.
   * Left out: the target's deployment id, or the version of its server function.
   */
  readonly expect?: string;
}

/** Throws `invalid_request` for what no schema says well. */
export function checkProbe(probe: ProbeSettings | null | undefined): void {
  if (!probe) return;
  if ((probe.header === undefined) === (probe.jsonPath === undefined)) {
    throw invalid('body/probe', 'needs exactly one of header and jsonPath');
  }
  const url = URL.canParse(probe.url) ? new URL(probe.url) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw invalid('body/probe/url', 'must be an http or https URL');
  if (url.username || url.password) throw invalid('body/probe/url', 'must not carry a user name or password');
}

function invalid(field: string, message: string): AnchorError {
  return new AnchorError('invalid_request', `${field} ${message}.`, { errors: [{ field, message }] });
}

/** Which build the site has to answer with. */
export interface ProbedTarget {
  /** Ids that the build may know itself by: a record of a rollback runs the build it went back to. */
  readonly deploymentIds: readonly string[];
  readonly version: string;
}

/** The values that prove the target; empty when the expectation names an id and none is known. */
export function expectedValues(expect: string | undefined, { deploymentIds, version }: ProbedTarget): readonly string[] {
  if (expect === undefined) return [...deploymentIds, version];
  const withVersion = expect.replaceAll('{version}', version);
  if (!withVersion.includes('{deploymentId}')) return [withVersion];
  return deploymentIds.map((id) => withVersion.replaceAll('{deploymentId}', id));
}
