/** One CAA property (RFC 8659). */
export interface CaaProperty {
  /** 128: an issuer that does not know the tag must not issue. */
  readonly flags: number;
  /** `issue`, `issuewild`, `iodef`, … in lower case. */
  readonly tag: string;
  readonly value: string;
}

const CAA = /^(\d{1,3})\s+([a-z0-9]{1,15})\s+("[^"]*"|[^\s"]+)$/i;

/** Reads `0 issue "amazon.com"`, with or without the quotes; undefined when it is not a CAA property. */
export function parseCaa(text: string): CaaProperty | undefined {
  const [, flags, tag, value] = CAA.exec(text.trim()) ?? [];
  if (!flags || !tag || !value || Number(flags) > 255) return undefined;
  return { flags: Number(flags), tag: tag.toLowerCase(), value: value.replaceAll('"', '') };
}

export function formatCaa({ flags, tag, value }: CaaProperty): string {
  return `${flags} ${tag} "${value}"`;
}
