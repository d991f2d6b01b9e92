/** Parts of what the process does, each with its time, its outcome and the part it belongs to. */
export interface Tracing {
  /** Runs the work as a span under the one that is going on. The span has failed when the work rejects. */
  span<T>(described: SpanDescription, work: (span: OpenSpan) => Promise<T>): Promise<T>;
}

export interface SpanDescription {
  readonly name: string;
  /** `client`: a call to another service. */
  readonly kind?: 'client';
  readonly attributes: SpanAttributes;
}

export interface OpenSpan {
  set(attributes: SpanAttributes): void;
}

/** Undefined values are left out. Nothing secret: they are sent to whoever collects traces. */
export type SpanAttributes = Readonly<Record<string, string | number | undefined>>;

const NO_SPAN: OpenSpan = { set: () => undefined };

/** Does the work and nothing else. */
export const NO_TRACING: Tracing = { span: (_described, work) => work(NO_SPAN) };
