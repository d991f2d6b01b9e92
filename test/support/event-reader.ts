import { get, type IncomingMessage } from 'node:http';

export interface ReadEvent {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly id: string; readonly data: Readonly<Record<string, unknown>> };
}

/** A client of server-sent events, as the HTML standard has them read. */
export class EventReader {
  readonly events: ReadEvent[] = [];
  /** What to go on from. */
  lastEventId: string | undefined;
  readonly ended: Promise<void>;
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    });
    this.ended = new Promise((resolve) => response.once('close', resolve));
  }

  static open(url: string, lastEventId?: string): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      get(url, {
        agent: false,
        headers: {
          'accept': 'text/event-stream', 'x-user-id': 'ada',
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
      }, (response) => {
        if (response.statusCode === 200) return resolve(new EventReader(response));
        response.resume();
        reject(new Error(`answered ${response.statusCode}`));
      }).on('error', reject);
    });
  }

  get contentType(): string | undefined {
    return this.#response.headers['content-type'];
  }

  /** Takes nothing more from the connection until `resume`. */
  pause(): void {
    this.#response.pause();
  }

  resume(): void {
    this.#response.resume();
  }

  close(): void {
    this.#response.destroy();
  }

  #take(block: string): void {
    const fields = Object.fromEntries(block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    const { id, event, data } = fields;
    if (id !== undefined) this.lastEventId = id;
    if (data !== undefined) this.events.push({ id: id ?? '', type: event ?? '', data: JSON.parse(data) as ReadEvent['data'] });
  }
}
