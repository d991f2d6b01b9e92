import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

export type Json = string | number | boolean | null | readonly Json[] | JsonMap;
export interface JsonMap { readonly [key: string]: Json }

export interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Type: string; readonly Default?: string | number }>>;
  readonly Rules?: Readonly<Record<string, {
    readonly RuleCondition?: Json; readonly Assertions: readonly { readonly Assert: Json }[];
  }>>;
  readonly Conditions?: JsonMap;
  readonly Resources: Readonly<Record<string, Resource>>;
}

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Condition?: string;
  readonly Properties: JsonMap;
}

/** The template with its short tags (`!Ref x`) written out (`{ Ref: x }`). Throws on what is no YAML. */
export function readTemplate(text: string): Template {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors[0]) throw document.errors[0];
  return plain(document.contents) as unknown as Template;
}

function plain(node: unknown): Json {
  const value = untagged(node);
  const tag = (node as { readonly tag?: string } | null)?.tag;
  if (tag === undefined || !/^![A-Z]/.test(tag)) return value;
  const name = tag.slice(1);
  if (name === 'GetAtt' && typeof value === 'string') return { 'Fn::GetAtt': value.split('.') };
  return { [name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`]: value };
}

function untagged(node: unknown): Json {
  if (isSeq(node)) return node.items.map(plain);
  if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [String(key), plain(value)]));
  return isScalar(node) ? node.value as Json : null;
}

const PSEUDO: JsonMap = {
  'AWS::Partition': 'aws', 'AWS::Region': 'eu-central-1', 'AWS::AccountId': '123456789012', 'AWS::StackName': 'anchor',
};

/** Where `AWS::NoValue` stood: what has it as a value is as if it were not there. */
const NO_VALUE = '\u0000no value';

/** Does what CloudFormation does with the functions of a template. A resource stands for itself as `<its name>`. */
export class Evaluation {
  readonly #template: Template;
  readonly #values: JsonMap;

  /** Takes the defaults of parameters that are not given. Throws when one without a default is missing, or one is unknown. */
  constructor(template: Template, given: Readonly<Record<string, string>>) {
    this.#template = template;
    const stray = Object.keys(given).filter((name) => !(name in template.Parameters));
    if (stray.length > 0) throw new Error(`the template has no parameter ${stray.join(', ')}`);
    this.#values = {
      ...PSEUDO,
      ...Object.fromEntries(Object.entries(template.Parameters).map(([name, { Type, Default }]) => {
        const value = given[name] ?? Default;
        if (value === undefined) throw new Error(`the parameter ${name} is missing`);
        return [name, /^(CommaDelimitedList|List<)/.test(Type) ? String(value).split(',') : String(value)];
      })),
    };
  }

  /** The properties of a resource. */
  properties(logicalId: string): JsonMap {
    const resource = this.#template.Resources[logicalId];
    if (!resource) throw new Error(`the template has no resource ${logicalId}`);
    return this.of(resource.Properties) as JsonMap;
  }

  /** Names of the rules that these parameters break. */
  brokenRules(): string[] {
    return Object.entries(this.#template.Rules ?? {})
      .filter(([, { RuleCondition, Assertions }]) => (RuleCondition === undefined || this.of(RuleCondition) === true)
        && !Assertions.every(({ Assert }) => this.of(Assert) === true))
      .map(([name]) => name);
  }

  of(value: Json): Json {
    if (Array.isArray(value)) return (value as readonly Json[]).map((each) => this.of(each)).filter((each) => each !== NO_VALUE);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = ['', null]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))) return this.#call(name, argument);
    return Object.fromEntries(entries.map(([key, each]) => [key, this.of(each)] as const).filter(([, each]) => each !== NO_VALUE));
  }

  #call(name: string, argument: Json): Json {
    const all = argument as readonly Json[];
    switch (name) {
      case 'Ref': return this.#named(argument as string);
      case 'Condition': return this.of(this.#template.Conditions?.[argument as string] ?? null);
      case 'Fn::GetAtt': return `<${strings(all).join('.')}>`;
      case 'Fn::Sub': return this.#filled(argument);
      case 'Fn::Join': return strings(this.of(all[1] ?? null)).join(all[0] as string);
      case 'Fn::Split': return (this.of(all[1] ?? null) as string).split(all[0] as string);
      case 'Fn::Equals': return this.of(all[0] ?? null) === this.of(all[1] ?? null);
      case 'Fn::Not': return this.of(all[0] ?? null) === false;
      case 'Fn::And': return all.every((each) => this.of(each) === true);
      case 'Fn::Or': return all.some((each) => this.of(each) === true);
      case 'Fn::If': return this.of(this.#call('Condition', all[0] ?? null) === true ? all[1] ?? null : all[2] ?? null);
      default: throw new Error(`${name} is not known here`);
    }
  }

  #named(name: string): Json {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const value = this.#values[name];
    if (value !== undefined) return value;
    if (name in this.#template.Resources) return `<${name}>`;
    throw new Error(`nothing is called ${name}`);
  }

  #filled(argument: Json): string {
    const [text, own] = (Array.isArray(argument) ? argument : [argument, {}]) as unknown as readonly [string, JsonMap];
    return text.replaceAll(/\$\{([^}]+)\}/g, (_all, name: string) => {
      const value = name in own ? this.of(own[name] ?? null)
        : name.includes('.') ? this.#call('Fn::GetAtt', name.split('.')) : this.#named(name);
      return strings([value])[0] ?? '';
    });
  }
}

function strings(value: Json): string[] {
  return (value as readonly string[]).map((each) => String(each));
}
