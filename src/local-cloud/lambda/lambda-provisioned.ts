import { invalidMember, invalidParameter, LambdaError } from './lambda-error.ts';
import type { LambdaContext, LambdaRecords, StoredProvisioned } from './lambda-records.ts';
import { LATEST } from './lambda-records.ts';

/**
 * Instances kept warm for an alias or a version. Nothing runs here, so that all of them are allocated
 * as soon as they are asked for again; on AWS that takes minutes, also after the alias has moved.
 */
export class LambdaProvisioned {
  readonly #records: LambdaRecords;
  readonly #context: LambdaContext;

  constructor(records: LambdaRecords, context: LambdaContext) {
    this.#records = records;
    this.#context = context;
  }

  put(functionName: string, qualifier: string | undefined, requested: number): StoredProvisioned {
    const of = this.#target(functionName, qualifier);
    if (!Number.isInteger(requested) || requested < 1) {
      throw invalidMember(String(requested), 'provisionedConcurrentExecutions',
        'Member must have value greater than or equal to 1');
    }
    const config = { functionName, qualifier: of, requested, lastModified: this.#context.now() };
    this.#records.saveProvisioned(config);
    return config;
  }

  get(functionName: string, qualifier: string | undefined): StoredProvisioned {
    const found = this.#records.findProvisioned(functionName, this.#target(functionName, qualifier));
    if (!found) {
      throw new LambdaError(404, 'ProvisionedConcurrencyConfigNotFoundException',
        'No Provisioned Concurrency Config found for this function');
    }
    return found;
  }

  /** One that does not exist is deleted already, as on AWS. */
  delete(functionName: string, qualifier: string | undefined): void {
    this.#records.removeProvisioned(functionName, this.#target(functionName, qualifier));
  }

  /** An alias or a published version that exists. */
  #target(functionName: string, qualifier: string | undefined): string {
    if (qualifier === undefined) throw invalidMember('null', 'qualifier', 'Member must not be null');
    if (qualifier === LATEST) {
      throw invalidParameter('Provisioned Concurrency Configs cannot be applied to unpublished function versions.');
    }
    if (/^[0-9]+$/.test(qualifier)) this.#records.requireVersion(functionName, qualifier);
    else this.#records.requireAlias(functionName, qualifier);
    return qualifier;
  }
}
