/** Sends messages to receivers. */
export interface WebhookSender {
  /** One POST, bounded in time. Never throws. */
  send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<SendAnswer>;
  /** Why nothing is ever sent there, as the end of a sentence; undefined when it may be tried. */
  refusal(url: string): string | undefined;
}

export type SendAnswer =
  | { readonly kind: 'answered'; readonly status: number }
  /** `detail` says why there was no answer, as a full sentence. */
  | { readonly kind: 'unanswered'; readonly detail: string };
