import type { ACMClient } from '@aws-sdk/client-acm';
import type { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DocumentName } from './documents.ts';

export type ServiceName = 'lambda' | 'acm' | 'cloudfront' | 'dynamodb';

/** One thing that the server relies on, and how to find out whether an implementation of AWS keeps it. */
export interface Rule {
  /** Kebab-case and unique: what results are kept under, and part of the names that the probe makes. */
  readonly name: string;
  /** A sentence for the table. */
  readonly says: string;
  /** The API operation whose answer is judged, of the chapter's service unless another is named. */
  readonly operation: string;
  readonly service?: ServiceName;
  /** What AWS answers by its documents: an error as `Name status`, or what `probe` says of an answer. */
  readonly expected: string;
  /** What is expected is a refusal, though not an error: whoever answers otherwise is laxer. */
  readonly refuses?: boolean;
  /** Beside the operation's page of the API reference; has to be given for an error that page does not list. */
  readonly document?: DocumentName;
  /** Makes what it needs, asks, and says what was answered. Throws when what it needs cannot be made. */
  readonly probe: (world: World) => Promise<string>;
}

export interface Chapter {
  readonly title: string;
  readonly service: ServiceName;
  readonly rules: readonly Rule[];
}

/** An implementation of AWS, and what surrounds it. Every rule is given one with a `site` of its own. */
export interface World {
  readonly lambda: LambdaClient;
  readonly acm: ACMClient;
  readonly cloudFront: CloudFrontClient;
  readonly dynamo: DynamoDBClient;
  readonly documents: DynamoDBDocumentClient;
  /** A host name that no other rule uses, three labels, below `example.com`. */
  readonly site: string;
  /** Unique among rules: letters, digits and hyphens, for names of functions, tables and tenants. */
  readonly id: string;
  /** A DNS record where the implementation looks at DNS; nothing happens where it does not. */
  readonly publish: (record: DnsRecord) => void;
  /** Asks until it holds or the implementation has had all the time it may take. Answers whether it came to hold. */
  readonly until: (holds: () => Promise<boolean>) => Promise<boolean>;
  /** Undefined where time cannot be made to pass. */
  readonly pass: ((ms: number) => void) | undefined;
  /** The ARN of an execution role of that name, which exists. */
  readonly role: (name: string) => Promise<string>;
  /** Makes something that several rules share, once in the life of an implementation. */
  readonly shared: <T>(name: string, make: () => Promise<T>) => Promise<T>;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: 'CNAME' | 'TXT' | 'CAA' | 'A';
  readonly value: string;
}

/** What is recorded of an error: the name decisions are made on, and the HTTP status. */
export function errorOutcome(error: unknown): string {
  const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
  return `${name} ${$metadata?.httpStatusCode ?? 'without an answer'}`;
}

export function isErrorOutcome(outcome: string): boolean {
  return /^[A-Z]\w+ \d{3}$/.test(outcome);
}

/** `ok`, or what `say` makes of the answer, or the service's error. A mistake of the probe's own is thrown. */
export async function answerTo<T>(call: Promise<T>, say: (answer: T) => string = () => 'ok'): Promise<string> {
  let answer: T;
  try {
    answer = await call;
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('$metadata' in error)) throw error;
    return errorOutcome(error);
  }
  return say(answer);
}

/** What is recorded where a rule would take hours that cannot be made to pass. */
export const NOT_ASKED = 'not asked: it takes hours';

/** A member that an answer has to have before a probe can go on. */
export function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the answer has no ${what}`);
  return value;
}
