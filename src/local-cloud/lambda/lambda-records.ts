import type { Persistence } from '../collection.ts';
import { Collection } from '../collection.ts';
import type { LocalCloudSettings } from '../settings.ts';
import { functionArn } from './function-reference.ts';
import { notFound } from './lambda-error.ts';

export const LATEST = '$LATEST';

/** What publishing freezes into a version. */
export interface FunctionContent {
  readonly role: string;
  readonly handler: string | null;
  readonly runtime: string | null;
  readonly packageType: 'Zip' | 'Image';
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly architectures: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly deadLetterTargetArn: string | null;
  readonly imageUri: string | null;
  /** Base 64 of the SHA-256 of the uploaded bytes (for an image: of its URI). */
  readonly codeSha256: string;
  readonly codeSizeBytes: number;
}

export interface StoredVersion {
  readonly functionName: string;
  /** `$LATEST` or a number. */
  readonly version: string;
  readonly content: FunctionContent;
  readonly description: string;
  readonly revisionId: string;
  readonly lastModified: number;
  readonly state: string;
  readonly stateReason: string | null;
}

export interface StoredFunction {
  readonly functionName: string;
  readonly latest: StoredVersion;
  /** Number of the newest version ever published; numbers are never used again. */
  readonly lastVersion: number;
  /** What `$LATEST` was like when `lastVersion` was published. */
  readonly publishedAs: string | null;
}

export interface StoredAlias {
  readonly functionName: string;
  readonly name: string;
  readonly version: string;
  readonly weights: Readonly<Record<string, number>>;
  readonly description: string;
  readonly revisionId: string;
}

/** Instances that an alias or a version is to keep warm. */
export interface StoredProvisioned {
  readonly functionName: string;
  /** Alias name or version. */
  readonly qualifier: string;
  readonly requested: number;
  readonly lastModified: number;
}

export interface LambdaContext {
  readonly persistence: Persistence;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: LocalCloudSettings;
  /** 0 inclusive to 1 exclusive; draws the version of an alias with weights. */
  readonly random: () => number;
  readonly newRevisionId: () => string;
}

/** Everything the embedded Lambda remembers, and the look-ups that refuse what is not there. */
export class LambdaRecords {
  readonly functions: Collection<StoredFunction>;
  readonly #versions: Collection<StoredVersion>;
  readonly #aliases: Collection<StoredAlias>;
  readonly #provisioned: Collection<StoredProvisioned>;
  readonly #settings: LocalCloudSettings;

  constructor(persistence: Persistence, settings: LocalCloudSettings) {
    this.functions = new Collection(persistence, 'lambda-functions');
    this.#versions = new Collection(persistence, 'lambda-versions');
    this.#aliases = new Collection(persistence, 'lambda-aliases');
    this.#provisioned = new Collection(persistence, 'lambda-provisioned');
    this.#settings = settings;
  }

  requireFunction(name: string): StoredFunction {
    const found = this.functions.get(name);
    if (!found) throw notFound(`Function not found: ${functionArn(this.#settings, name)}`);
    return found;
  }

  /** `$LATEST` or a published version; never follows an alias. */
  requireVersion(name: string, version: string): StoredVersion {
    const { latest } = this.requireFunction(name);
    const found = version === LATEST ? latest : this.#versions.get(`${name}:${version}`);
    if (!found) throw notFound(`Function not found: ${functionArn(this.#settings, name, version)}`);
    return found;
  }

  requireAlias(name: string, alias: string): StoredAlias {
    this.requireFunction(name);
    const found = this.#aliases.get(`${name}:${alias}`);
    if (!found) throw notFound(`Cannot find alias arn: ${functionArn(this.#settings, name, alias)}`);
    return found;
  }

  findAlias(name: string, alias: string): StoredAlias | undefined {
    return this.#aliases.get(`${name}:${alias}`);
  }

  /** `$LATEST` first, then by number. */
  versionsOf(name: string): StoredVersion[] {
    const published = [...this.#versions.values()].filter((version) => version.functionName === name);
    published.sort((a, b) => Number(a.version) - Number(b.version));
    return [this.requireFunction(name).latest, ...published];
  }

  aliasesOf(name: string): StoredAlias[] {
    this.requireFunction(name);
    return [...this.#aliases.values()].filter((alias) => alias.functionName === name);
  }

  saveVersion(version: StoredVersion): void {
    if (version.version === LATEST) {
      this.functions.set(version.functionName, { ...this.requireFunction(version.functionName), latest: version });
    } else this.#versions.set(`${version.functionName}:${version.version}`, version);
  }

  saveAlias(alias: StoredAlias): void {
    this.#aliases.set(`${alias.functionName}:${alias.name}`, alias);
  }

  removeVersion(version: StoredVersion): void {
    this.#versions.delete(`${version.functionName}:${version.version}`);
    this.removeProvisioned(version.functionName, version.version);
  }

  removeAlias(name: string, alias: string): void {
    this.#aliases.delete(`${name}:${alias}`);
    this.removeProvisioned(name, alias);
  }

  findProvisioned(name: string, qualifier: string): StoredProvisioned | undefined {
    return this.#provisioned.get(`${name}:${qualifier}`);
  }

  saveProvisioned(config: StoredProvisioned): void {
    this.#provisioned.set(`${config.functionName}:${config.qualifier}`, config);
  }

  removeProvisioned(name: string, qualifier: string): void {
    this.#provisioned.delete(`${name}:${qualifier}`);
  }
}
