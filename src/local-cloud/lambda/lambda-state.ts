import { LambdaAliases } from './lambda-aliases.ts';
import { conflict } from './lambda-error.ts';
import { LambdaFunctions } from './lambda-functions.ts';
import { LambdaProvisioned } from './lambda-provisioned.ts';
import type { LambdaContext, StoredVersion } from './lambda-records.ts';
import { LambdaRecords } from './lambda-records.ts';
import type { FunctionUrlAnswer } from './local-runtime.ts';
import { runLocally } from './local-runtime.ts';

export interface Invocation {
  readonly executedVersion: string;
  readonly answer: FunctionUrlAnswer;
}

/** The embedded Lambda: what it remembers and its rules, without any protocol. Throws `LambdaError`. */
export class LambdaState {
  readonly records: LambdaRecords;
  readonly functions: LambdaFunctions;
  readonly aliases: LambdaAliases;
  readonly provisioned: LambdaProvisioned;
  readonly context: LambdaContext;

  constructor(context: LambdaContext) {
    this.context = context;
    this.records = new LambdaRecords(context.persistence, context.settings);
    this.functions = new LambdaFunctions(this.records, context);
    this.aliases = new LambdaAliases(this.records, context);
    this.provisioned = new LambdaProvisioned(this.records, context);
  }

  /** Runs `$LATEST`, a version, or a version drawn by the weights of an alias. */
  invoke(functionName: string, qualifier: string | undefined, event: unknown): Invocation {
    const version = this.#draw(functionName, qualifier);
    this.#checkReady(version);
    return { executedVersion: version.version, answer: runLocally(version, event) };
  }

  #draw(functionName: string, qualifier: string | undefined): StoredVersion {
    const alias = qualifier === undefined ? undefined : this.records.findAlias(functionName, qualifier);
    const [additional] = Object.entries(alias?.weights ?? {});
    if (additional && this.context.random() < additional[1]) {
      return this.records.requireVersion(functionName, additional[0]);
    }
    return this.functions.resolve(functionName, qualifier);
  }

  /** An inactive version refuses the invocation that wakes it, as on AWS. */
  #checkReady({ functionName, version, state, stateReason }: StoredVersion): void {
    if (state === 'Active') return;
    if (state === 'Inactive') this.functions.setState(functionName, version, 'Active', null);
    throw conflict('The operation cannot be performed at this time. '
      + `The function is currently in the following state: ${state}${stateReason === null ? '' : ` (${stateReason})`}`);
  }
}
