import { createHash } from 'node:crypto';
import { functionArn } from './function-reference.ts';
import { conflict, invalidMember, invalidParameter, pattern, staleRevision } from './lambda-error.ts';
import type { FunctionContent, LambdaContext, LambdaRecords, StoredVersion } from './lambda-records.ts';
import { LATEST } from './lambda-records.ts';

export type FunctionCode = { readonly zip: Uint8Array } | { readonly imageUri: string };

type Configurable = Pick<FunctionContent,
  'role' | 'handler' | 'runtime' | 'timeoutSeconds' | 'memoryMegabytes' | 'environment' | 'deadLetterTargetArn'>;

export type NewFunction = Partial<Configurable> & Pick<FunctionContent, 'role'> & {
  readonly name: string;
  readonly code: FunctionCode;
  readonly description?: string;
  readonly architectures?: readonly string[];
};

export type ConfigurationChange = Partial<Configurable> & { readonly description?: string };

export interface Publication {
  readonly description?: string;
  readonly codeSha256?: string;
  readonly revisionId?: string;
}

const ROLE = 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+';
const ROLE_ARN = new RegExp(`^${ROLE}$`);

/**
 * Functions and their versions. Unlike on AWS a new or changed function is `Active` at once; the
 * other states are reached with `setState` alone.
 */
export class LambdaFunctions {
  readonly #records: LambdaRecords;
  readonly #context: LambdaContext;

  constructor(records: LambdaRecords, context: LambdaContext) {
    this.#records = records;
    this.#context = context;
  }

  create(input: NewFunction): StoredVersion {
    const { name, code, description = '', architectures = ['x86_64'], ...given } = input;
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
      throw invalidMember(name, 'functionName', `${pattern('[a-zA-Z0-9-_]+')} and have at most 64 characters`);
    }
    if ('zip' in code && (!given.handler || !given.runtime)) {
      throw invalidParameter(
        'Runtime and Handler are mandatory parameters for functions created with deployment packages.');
    }
    checkConfiguration(given);
    if (this.#records.functions.get(name)) throw conflict(`Function already exist: ${name}`);
    const content: FunctionContent = {
      handler: null, runtime: null, timeoutSeconds: 3, memoryMegabytes: 128, environment: {}, deadLetterTargetArn: null,
      architectures, ...given, ...codeContent(code),
    };
    const latest = this.#stamped({ functionName: name, version: LATEST, content, description });
    this.#records.functions.set(name, { functionName: name, latest, lastVersion: 0, publishedAs: null });
    return latest;
  }

  updateConfiguration(name: string, change: ConfigurationChange, revisionId?: string): StoredVersion {
    const latest = this.#current(name, revisionId);
    checkConfiguration(change);
    const { description = latest.description, ...content } = change;
    return this.#saveLatest({ ...latest, description, content: { ...latest.content, ...content } });
  }

  updateCode(name: string, code: FunctionCode, more: {
    readonly architectures?: readonly string[]; readonly revisionId?: string; readonly dryRun?: boolean;
  }): StoredVersion {
    const latest = this.#current(name, more.revisionId);
    const changed = codeContent(code);
    if (changed.packageType !== latest.content.packageType) {
      throw invalidParameter(`the function has package type ${latest.content.packageType}; `
        + 'give ZipFile for Zip and ImageUri for Image');
    }
    const architectures = more.architectures ?? latest.content.architectures;
    const next = { ...latest, content: { ...latest.content, ...changed, architectures } };
    return more.dryRun ? next : this.#saveLatest(next);
  }

  /** Freezes `$LATEST` as the next version; answers the newest version when nothing changed since. */
  publish(name: string, publication: Publication = {}): StoredVersion {
    const latest = this.#current(name, publication.revisionId);
    const { codeSha256 = latest.content.codeSha256, description = latest.description } = publication;
    if (codeSha256 !== latest.content.codeSha256) {
      throw invalidParameter(`CodeSHA256 (${codeSha256}) is different from current CodeSHA256 in $LATEST `
        + `(${latest.content.codeSha256}). Please try again with the CodeSHA256 in $LATEST.`);
    }
    const publishedAs = JSON.stringify([latest.content, latest.description]);
    const before = this.#records.requireFunction(name);
    const newest = this.#records.versionsOf(name).at(-1);
    if (newest?.version === String(before.lastVersion) && before.publishedAs === publishedAs) return newest;
    // A crash between the two writes below leaves a version that the counter does not know.
    const lastVersion = Math.max(before.lastVersion, Number(newest?.version) || 0) + 1;
    const version = this.#stamped({ ...latest, version: String(lastVersion), description });
    this.#records.saveVersion(version);
    this.#records.functions.set(name, { ...before, lastVersion, publishedAs });
    return version;
  }

  /** With a version that version alone, otherwise the function with all it has. */
  delete(name: string, qualifier: string | undefined): void {
    if (qualifier === LATEST) {
      throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
    }
    if (qualifier !== undefined) return this.#deleteVersion(name, qualifier);
    const [, ...published] = this.#records.versionsOf(name);
    for (const alias of this.#records.aliasesOf(name)) this.#records.removeAlias(name, alias.name);
    for (const version of published) this.#records.removeVersion(version);
    this.#records.functions.delete(name);
  }

  #deleteVersion(name: string, qualifier: string): void {
    if (!/^[0-9]+$/.test(qualifier)) throw invalidParameter('Deletion of aliases is not currently supported.');
    const version = this.#records.requireVersion(name, qualifier);
    const users = this.#records.aliasesOf(name)
      .filter((alias) => alias.version === qualifier || qualifier in alias.weights)
      .map((alias) => alias.name);
    if (users.length > 0) {
      throw conflict(`Unable to delete version because the following aliases reference it: [${users.join(', ')}]`);
    }
    this.#records.removeVersion(version);
  }

  /** Local only: AWS moves a version between states by itself. */
  setState(name: string, version: string, state: string, stateReason: string | null): StoredVersion {
    const changed = { ...this.#records.requireVersion(name, version), state, stateReason };
    this.#records.saveVersion(changed);
    return changed;
  }

  /** `$LATEST`, or the version, or the version behind the alias. */
  resolve(name: string, qualifier: string | undefined): StoredVersion {
    const alias = qualifier === undefined ? undefined : this.#records.findAlias(name, qualifier);
    return this.#records.requireVersion(name, alias?.version ?? qualifier ?? LATEST);
  }

  arnOf(version: StoredVersion, qualifier?: string): string {
    return functionArn(this.#context.settings, version.functionName, qualifier);
  }

  #current(name: string, revisionId: string | undefined): StoredVersion {
    const { latest } = this.#records.requireFunction(name);
    if (revisionId !== undefined && revisionId !== latest.revisionId) throw staleRevision();
    return latest;
  }

  #saveLatest(version: StoredVersion): StoredVersion {
    const stamped = this.#stamped(version);
    this.#records.saveVersion(stamped);
    return stamped;
  }

  #stamped(version: Omit<StoredVersion, 'revisionId' | 'lastModified' | 'state' | 'stateReason'>): StoredVersion {
    const { newRevisionId, now } = this.#context;
    return { ...version, revisionId: newRevisionId(), lastModified: now(), state: 'Active', stateReason: null };
  }
}

function checkConfiguration({ role, environment = {} }: ConfigurationChange): void {
  if (role !== undefined && !ROLE_ARN.test(role)) throw invalidMember(role, 'role', pattern(ROLE));
  for (const name of Object.keys(environment)) {
    if (!/^[a-zA-Z][a-zA-Z0-9_]+$/.test(name)) {
      throw invalidMember(name, 'environment.variables', pattern('[a-zA-Z]([a-zA-Z0-9_])+'));
    }
  }
}

function codeContent(
  code: FunctionCode,
): Pick<FunctionContent, 'packageType' | 'imageUri' | 'codeSha256' | 'codeSizeBytes'> {
  if ('imageUri' in code) {
    return { packageType: 'Image', imageUri: code.imageUri, codeSha256: sha256(code.imageUri), codeSizeBytes: 0 };
  }
  return { packageType: 'Zip', imageUri: null, codeSha256: sha256(code.zip), codeSizeBytes: code.zip.length };
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64');
}
