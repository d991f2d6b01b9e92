/** Opaque ids: unguessable, and sortable by creation. Injected so that simulations replay. */
export interface Ids {
  next(prefix: 'prj' | 'dep' | 'dom' | 'op' | 'run' | 'tok' | 'whk'): string;
}
