import type { Test } from 'tap';
import { isCloudError } from '../../src/ports/cloud-error.ts';
import type { CloudError, CloudErrorKind } from '../../src/ports/cloud-error.ts';

/** The call must reject with a `CloudError` of this kind that also matches `more`. */
export async function rejectsAs(
  t: Test, call: Promise<unknown>, kind: CloudErrorKind, more: Partial<CloudError> = {},
): Promise<void> {
  const error: unknown = await call.then(() => 'no error at all', (thrown: unknown) => thrown);
  if (!isCloudError(error)) t.fail(`should reject as ${kind}`, { found: error });
  else t.match(error, { kind, ...more }, `rejects as ${kind}`);
}
