import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { CloudError } from '../../ports/cloud-error.ts';
import type {
  Change, Condition, Created, Query, Removed, Table, TableDefinition, Updated,
} from '../../ports/table.ts';
import { toCloudError } from '../aws/aws-error.ts';
import type { Document } from '../tables/document.ts';
import { changeParts, conditionParts, keyAttributes, keyOf, plainCopy, sameValue } from '../tables/document.ts';
import { documentOf } from './attribute-values.ts';
import { dynamoCall } from './dynamo-call.ts';
import { aliveTerms, planOf } from './dynamo-query.ts';
import { conditionTerms, Expression, updateExpression } from './expression.ts';

export interface DynamoTableOptions<T extends object> {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly definition: TableDefinition<T>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Outcome<R> =
  | { readonly done: true; readonly output: R }
  | { readonly done: false; readonly current: Document | undefined };

/** How often a create is sent when what refused it was gone before it could be read. */
const CREATE_ATTEMPTS = 3;

/**
 * A table in DynamoDB. What the SDK throws leaves as a `CloudError` of service `dynamodb`.
 *
 * A write whose answer was lost is sent again by the SDK, and its own effect then refuses it.
 * `create` and `replace` recognise that by the whole item. An `update` is refused with `current`,
 * and only its caller can tell; one without a condition may take effect twice, so never add without one.
 */
export class DynamoTable<T extends object> implements Table<T> {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #definition: TableDefinition<T>;
  readonly #now: () => number;

  constructor({ client, tableName, definition, now }: DynamoTableOptions<T>) {
    this.#client = client;
    this.#tableName = tableName;
    this.#definition = definition;
    this.#now = now;
  }

  async get(key: Partial<T>): Promise<T | undefined> {
    return await this.#read(keyOf(this.#definition, key)) as T | undefined;
  }

  async create(item: T): Promise<Created<T>> {
    for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt++) {
      const expression = new Expression();
      const free = `attribute_not_exists(${expression.name(this.#definition.hash.name)})`;
      const outcome = await this.#put(item, expression, [free, ...this.#expiredTerms(expression)].join(' OR '));
      if (outcome.done || sameValue(outcome.current, item)) return { created: true };
      if (outcome.current !== undefined) return { created: false, existing: outcome.current as T };
    }
    throw new CloudError({
      kind: 'unavailable', service: 'dynamodb', operation: 'PutItem', awsName: 'ConditionalCheckFailedException',
      message: `dynamodb PutItem: ${this.#definition.name}: refused by an item that is never there`,
    });
  }

  async replace(item: T, when: Condition<T>): Promise<Updated<T>> {
    const expression = new Expression();
    const outcome = await this.#put(item, expression, this.#condition(expression, when));
    if (outcome.done || sameValue(outcome.current, item)) return { updated: true, item: plainCopy(item) as T };
    return { updated: false, current: outcome.current as T | undefined };
  }

  async update(key: Partial<T>, change: Change<T>, when?: Condition<T>): Promise<Updated<T>> {
    const itsKey = keyOf(this.#definition, key);
    const expression = new Expression();
    const UpdateExpression = updateExpression(expression, changeParts(change));
    const outcome = await this.#conditionally('UpdateItem', itsKey, () => this.#client.send(new UpdateCommand({
      TableName: this.#tableName, Key: itsKey, UpdateExpression, ReturnValues: 'ALL_NEW',
      ...this.#conditionFields(expression, this.#condition(expression, when)),
    })));
    if (outcome.done) return { updated: true, item: outcome.output.Attributes as T };
    return { updated: false, current: outcome.current as T | undefined };
  }

  async remove(key: Partial<T>, when?: Condition<T>): Promise<Removed<T>> {
    const itsKey = keyOf(this.#definition, key);
    const expression = new Expression();
    const outcome = await this.#conditionally('DeleteItem', itsKey, () => this.#client.send(new DeleteCommand({
      TableName: this.#tableName, Key: itsKey,
      ...this.#conditionFields(expression, this.#condition(expression, when)),
    })));
    return outcome.done ? { removed: true } : { removed: false, current: outcome.current as T | undefined };
  }

  async query(query: Query<T>): Promise<T[]> {
    const plan = planOf(this.#definition, query, this.#nowSeconds());
    const found: Document[] = [];
    let next: Document | undefined;
    while (plan !== undefined && found.length < query.limit) {
      const page = await dynamoCall('Query', () => this.#client.send(new QueryCommand({
        TableName: this.#tableName, ...plan.request,
        Limit: plan.pageSize(query.limit - found.length), ExclusiveStartKey: next,
      })));
      found.push(...(page.Items ?? []).filter((document) => plan.keeps(document)));
      next = page.LastEvaluatedKey;
      if (next === undefined) break;
    }
    return found.slice(0, query.limit) as T[];
  }

  /** Reads a key that no item has; rejects when the table is missing or cannot be read. */
  async check(): Promise<void> {
    const nobody = keyAttributes(this.#definition).map(({ name, type }) => [name, type === 'string' ? '#check' : -1]);
    await this.#read(Object.fromEntries(nobody) as Document);
  }

  #put(item: T, expression: Expression, condition: string): Promise<Outcome<unknown>> {
    const Item = plainCopy(item);
    return this.#conditionally('PutItem', keyOf(this.#definition, item), () => this.#client.send(new PutCommand({
      TableName: this.#tableName, Item, ...this.#conditionFields(expression, condition),
    })));
  }

  /** The item exists, is not expired, and `when` holds. */
  #condition(expression: Expression, when: Condition<T> | undefined): string {
    return [
      `attribute_exists(${expression.name(this.#definition.hash.name)})`,
      ...aliveTerms(expression, this.#definition, this.#nowSeconds()),
      ...conditionTerms(expression, conditionParts(when)),
    ].join(' AND ');
  }

  /** Last, because it reads the names and values that every expression of the request has collected. */
  #conditionFields(expression: Expression, ConditionExpression: string) {
    return { ConditionExpression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...expression.fields() } as const;
  }

  #expiredTerms(expression: Expression): string[] {
    const expiry = this.#definition.expiresAtSeconds;
    return expiry === undefined ? [] : [`${expression.name(expiry)} <= ${expression.value(this.#nowSeconds())}`];
  }

  /** Not every server that speaks DynamoDB's protocol sends the refusing item along; then it is read. */
  async #conditionally<R>(operation: string, key: Document, send: () => Promise<R>): Promise<Outcome<R>> {
    try {
      return { done: true, output: await send() };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw toCloudError(error, 'dynamodb', operation);
      if (error.Item === undefined) return { done: false, current: await this.#read(key) };
      return { done: false, current: this.#alive(documentOf(error.Item)) };
    }
  }

  async #read(key: Document): Promise<Document | undefined> {
    const { Item } = await dynamoCall('GetItem', () => this.#client.send(new GetCommand({
      TableName: this.#tableName, Key: key, ConsistentRead: true,
    })));
    return Item === undefined ? undefined : this.#alive(Item);
  }

  #alive(document: Document): Document | undefined {
    const expiry = this.#definition.expiresAtSeconds;
    const expiresAt = expiry === undefined ? undefined : document[expiry];
    return typeof expiresAt === 'number' && expiresAt <= this.#nowSeconds() ? undefined : document;
  }

  #nowSeconds(): number {
    return this.#now() / 1000;
  }
}
