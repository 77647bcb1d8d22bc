// Messages between a role process and its supervisor over the IPC channel, if the process has one. When the channel closes,
// the supervisor has exited.

export interface NodeReport {
  readonly genesis: string;
  readonly best: number;
  readonly finalized: number;
}

export interface ProviderReport {
  readonly index: number | null;
  readonly usedBytes: number;
  readonly fragments: number;
}

export interface GatewayReport {
  readonly undeclared: number;
  /** Age of the oldest change of the index that only this machine has; null if the index is not exported. */
  readonly unexportedSeconds: number | null;
  /** URL of the console; null without one. */
  readonly console: string | null;
  /** Number of records set aside by background work, by loop. */
  readonly setAside: Readonly<Record<string, number>>;
  /** Number of stored files that the chain does not record until their owners act, by reason. */
  readonly unrecorded: Readonly<Record<string, number>>;
}

export interface TeeReport {
  readonly worker: number | null;
}

/**
 * `metrics` returns the metrics text; all other requests return the role's report. `retry` makes a gateway retry the
 * records that it has set aside.
 */
export type RoleQuestion = 'status' | 'pause' | 'resume' | 'metrics' | 'retry';

/** The calls of a supervisor; each takes no arguments. */
export type RoleCalls = Readonly<Record<RoleQuestion, { readonly args: readonly []; readonly result: unknown }>>;

/** Notices that a role sends to its supervisor, in addition to the replies to calls. */
export type RoleNotice =
  | {
      readonly type: 'ready';
      readonly endpoint: string;
      /** URL of the metrics; null where they are not served. */
      readonly metrics: string | null;
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
