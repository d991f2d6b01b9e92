import { functionArn } from './function-reference.ts';
import { conflict, invalidMember, invalidParameter, pattern, staleRevision } from './lambda-error.ts';
import type { LambdaContext, LambdaRecords, StoredAlias } from './lambda-records.ts';
import { LATEST } from './lambda-records.ts';

export interface AliasChange {
  readonly version?: string;
  readonly description?: string;
  /** Replaces the weights; empty clears them, left out keeps them. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly revisionId?: string;
}

const WEIGHTS = 'routingConfig.additionalVersionWeights';
const WEIGHT_KEYS = `Map keys must satisfy constraint: [${pattern('[0-9]+')}]`;
const WEIGHT_RANGE = 'Map value must satisfy constraint: [Member must have value less than or equal to 1.0, '
  + 'Member must have value greater than or equal to 0.0]';

/** Aliases and the rules of what they may point at. Every change gives a new RevisionId. */
export class LambdaAliases {
  readonly #records: LambdaRecords;
  readonly #context: LambdaContext;

  constructor(records: LambdaRecords, context: LambdaContext) {
    this.#records = records;
    this.#context = context;
  }

  create(functionName: string, name: string, target: AliasChange & { readonly version: string }): StoredAlias {
    if (!/^(?![0-9]+$)[a-zA-Z0-9-_]{1,128}$/.test(name)) {
      throw invalidMember(name, 'name', pattern('(?!^[0-9]+$)([a-zA-Z0-9-_]+)'));
    }
    const { version, weights = {}, description = '' } = target;
    this.#checkTarget(functionName, version, weights);
    if (this.#records.findAlias(functionName, name)) {
      throw conflict(`Alias already exists: ${this.arnOf(functionName, name)}`);
    }
    return this.#save({ functionName, name, version, weights, description });
  }

  get(functionName: string, name: string): StoredAlias {
    return this.#records.requireAlias(functionName, name);
  }

  update(functionName: string, name: string, change: AliasChange): StoredAlias {
    const before = this.#records.requireAlias(functionName, name);
    if (change.revisionId !== undefined && change.revisionId !== before.revisionId) throw staleRevision();
    const { version = before.version, weights = before.weights, description = before.description } = change;
    this.#checkTarget(functionName, version, weights);
    return this.#save({ functionName, name, version, weights, description });
  }

  /** An alias that does not exist is deleted already, as on AWS. */
  delete(functionName: string, name: string): void {
    this.#records.requireFunction(functionName);
    this.#records.removeAlias(functionName, name);
  }

  arnOf(functionName: string, name: string): string {
    return functionArn(this.#context.settings, functionName, name);
  }

  #checkTarget(functionName: string, version: string, weights: Readonly<Record<string, number>>): void {
    if (!/^(\$LATEST|[0-9]+)$/.test(version)) {
      throw invalidMember(version, 'functionVersion', pattern('(\\$LATEST|[0-9]+)'));
    }
    const target = this.#records.requireVersion(functionName, version);
    if (Object.keys(weights).length > 1) {
      throw invalidParameter('Number of items in AdditionalVersionWeights cannot be greater than 1');
    }
    for (const [additional, weight] of Object.entries(weights)) {
      checkWeight(version, additional, weight);
      const { content } = this.#records.requireVersion(functionName, additional);
      if (content.role !== target.content.role || content.deadLetterTargetArn !== target.content.deadLetterTargetArn) {
        throw invalidParameter(
          'Both versions of an alias with weights must have the same execution role and dead-letter configuration');
      }
    }
  }

  #save(alias: Omit<StoredAlias, 'revisionId'>): StoredAlias {
    const saved = { ...alias, revisionId: this.#context.newRevisionId() };
    this.#records.saveAlias(saved);
    return saved;
  }
}

function checkWeight(version: string, additional: string, weight: number): void {
  const entry = `{${additional}=${weight}}`;
  if (!/^[0-9]+$/.test(additional)) throw invalidMember(entry, WEIGHTS, WEIGHT_KEYS);
  if (weight < 0 || weight > 1) throw invalidMember(entry, WEIGHTS, WEIGHT_RANGE);
  if (version === LATEST) {
    throw invalidParameter('$LATEST is not supported for an alias pointing to more than 1 version');
  }
  if (additional === version) {
    throw invalidParameter(`Invalid function version ${version}. `
      + `Function version ${version} is already included in routing configuration.`);
  }
}
