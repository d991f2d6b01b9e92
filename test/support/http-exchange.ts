import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** One HTTP exchange on a connection of its own. Unlike `fetch` it sends the Host it is told. */
export async function exchange(url: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const more = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers: { ...more, ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({
        status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString(),
      }));
    });
    asking.on('error', reject);
    asking.end(payload);
  });
}
