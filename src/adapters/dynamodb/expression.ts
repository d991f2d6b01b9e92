import type { ChangeParts, ConditionParts } from '../tables/document.ts';

/** Collects the names and values of one request's expressions; names are placeholders, so no reserved word hurts. */
export class Expression {
  readonly #names = new Map<string, string>();
  readonly #values: unknown[] = [];

  name(attribute: string): string {
    const placeholder = this.#names.get(attribute) ?? `#n${this.#names.size}`;
    this.#names.set(attribute, placeholder);
    return placeholder;
  }

  value(value: unknown): string {
    this.#values.push(value);
    return `:v${this.#values.length - 1}`;
  }

  /** The fields of the request; DynamoDB refuses an empty map. */
  fields(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, unknown>;
  } {
    const names = [...this.#names].map(([name, placeholder]) => [placeholder, name]);
    return {
      ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) as Record<string, string> }),
      ...(this.#values.length > 0 && {
        ExpressionAttributeValues: Object.fromEntries(this.#values.map((value, index) => [`:v${index}`, value])),
      }),
    };
  }
}

export function conditionTerms(expression: Expression, { equals, absent, present }: ConditionParts): string[] {
  return [
    ...equals.map(([attribute, value]) => `${expression.name(attribute)} = ${expression.value(value)}`),
    ...absent.map((attribute) => `attribute_not_exists(${expression.name(attribute)})`),
    ...present.map((attribute) => `attribute_exists(${expression.name(attribute)})`),
  ];
}

/** An attribute that no item has: removing it changes nothing. */
const NO_ATTRIBUTE = '#none';

/** An empty expression is refused, and a missing one is an old form that not every server knows. */
export function updateExpression(expression: Expression, { set, remove, add }: ChangeParts): string {
  const clauses = [
    ['SET', set.map(([attribute, value]) => `${expression.name(attribute)} = ${expression.value(value)}`)],
    ['REMOVE', remove.map((attribute) => expression.name(attribute))],
    ['ADD', add.map(([attribute, amount]) => `${expression.name(attribute)} ${expression.value(amount)}`)],
  ] as const;
  const text = clauses.filter(([, parts]) => parts.length > 0).map(([verb, parts]) => `${verb} ${parts.join(', ')}`);
  return text.length > 0 ? text.join(' ') : `REMOVE ${expression.name(NO_ATTRIBUTE)}`;
}
