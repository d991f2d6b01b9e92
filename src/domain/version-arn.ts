/** A qualified function ARN whose qualifier is a published version. */
export type VersionArn = string & { readonly __brand: 'VersionArn' };

export interface ParsedVersionArn {
  readonly region: string;
  readonly accountId: string;
  readonly functionName: string;
  readonly version: string;
}

/**
 * `arn:<partition>:lambda:<region>:<account>:function:<name>:<version>`; any partition
 * (aws, aws-cn, aws-us-gov, aws-iso, …). The qualifier is a version only when numeric.
 */
export const VERSION_ARN_PATTERN =
  '^arn:(aws[a-zA-Z0-9-]*):lambda:([a-z]{2}(?:-[a-z]+)+-\\d):(\\d{12}):function:([a-zA-Z0-9-_]{1,64}):([1-9][0-9]{0,15})$';

const VERSION_ARN = new RegExp(VERSION_ARN_PATTERN);

/** Undefined when the text is not a versioned function ARN. */
export function parseVersionArn(text: string): ParsedVersionArn | undefined {
  const [, , region, accountId, functionName, version] = VERSION_ARN.exec(text) ?? [];
  if (!region || !accountId || !functionName || !version) return undefined;
  return { region, accountId, functionName, version };
}

/** For ARNs that were checked when they were stored. */
export function versionOf(arn: VersionArn): ParsedVersionArn {
  const parsed = parseVersionArn(arn);
  if (!parsed) throw new Error(`stored ARN has no version: ${arn}`);
  return parsed;
}
