/** A fully qualified DNS name: lower case, punycode, no trailing dot, maybe with a leading `*.`. */
export type Hostname = string & { readonly __brand: 'Hostname' };
