import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpResponse } from '@smithy/protocol-http';

export type DynamoAnswer = () => HttpResponse;

/** The wire to a DynamoDB server: it can lose answers after their effect, and give prepared ones in its stead. */
export class FaultyWire extends NodeHttpHandler {
  /** How many answers to writes to lose from now on. */
  loseAnswers = 0;
  /** Given before the server is asked. */
  readonly answers: DynamoAnswer[] = [];
  readonly calls: string[] = [];
  readonly bodies: unknown[] = [];

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const operation = (request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const sent: { readonly body?: unknown } = request;
    this.calls.push(operation);
    this.bodies.push(JSON.parse(new TextDecoder().decode(sent.body as Uint8Array)));
    const prepared = this.answers.shift();
    if (prepared !== undefined) return { response: prepared() };
    const answered = await super.handle(request, options);
    if (this.loseAnswers === 0 || operation === 'GetItem') return answered;
    this.loseAnswers -= 1;
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  }
}

export const NO_ITEM: DynamoAnswer = () => respond(200, {});

export function ok(body: object): DynamoAnswer {
  return () => respond(200, body);
}

export function failure(status: number, name: string, more: object = {}): DynamoAnswer {
  return () => respond(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'no', ...more });
}

export function conditionFailed(Item?: object): DynamoAnswer {
  return failure(400, 'ConditionalCheckFailedException', Item === undefined ? {} : { Item });
}

function respond(statusCode: number, body: object): HttpResponse {
  return new HttpResponse({
    statusCode, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(body)),
  });
}
