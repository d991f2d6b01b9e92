import { ownCertificateOf } from './tenant.ts';
import type { Tenant } from './tenant.ts';

export type TenantKey = `${'name' | 'domain' | 'certificate' | 'distribution' | 'group'} ${string}`;

/** Tenant ids by everything that one of their kept revisions names, so that questions cost the same at any number. */
export class TenantIndex {
  readonly #ids = new Map<TenantKey, Set<string>>();
  readonly #all = new Set<string>();
  #order: readonly string[] | undefined;

  replace(before: Tenant | undefined, after: Tenant): void {
    if (before) this.#unlist(before);
    else this.#order = undefined;
    this.#all.add(after.id);
    for (const key of keysOf(after)) this.#ids.set(key, (this.#ids.get(key) ?? new Set()).add(after.id));
  }

  remove(tenant: Tenant): void {
    this.#unlist(tenant);
    this.#all.delete(tenant.id);
    this.#order = undefined;
  }

  idsOf(key: TenantKey): readonly string[] {
    return [...this.#ids.get(key) ?? []];
  }

  has(key: TenantKey): boolean {
    return this.#ids.has(key);
  }

  /** Every id, in an order that stays what it is while tenants come and go. */
  order(): readonly string[] {
    this.#order ??= [...this.#all].sort();
    return this.#order;
  }

  #unlist(tenant: Tenant): void {
    for (const key of keysOf(tenant)) {
      const ids = this.#ids.get(key);
      ids?.delete(tenant.id);
      if (ids?.size === 0) this.#ids.delete(key);
    }
  }
}

function keysOf({ name, revisions }: Tenant): ReadonlySet<TenantKey> {
  const keys = new Set<TenantKey>([`name ${name}`]);
  for (const { config } of revisions) {
    keys.add(`distribution ${config.distributionId}`).add(`group ${config.connectionGroupId}`);
    const certificateArn = ownCertificateOf(config);
    if (certificateArn !== undefined) keys.add(`certificate ${certificateArn}`);
    for (const domain of config.domains) keys.add(`domain ${domain}`);
  }
  return keys;
}
