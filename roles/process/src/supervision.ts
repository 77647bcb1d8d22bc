// What a role process and its supervisor say to each other over the IPC channel, when the process was given one. The
// channel also tells the process that its supervisor is gone, however that ended.

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
  /** Number of records set aside by background work, by loop. */
  readonly setAside: Readonly<Record<string, number>>;
}

export interface TeeReport {
  readonly worker: number | null;
}

/**
 * `metrics` returns the metrics text; all other requests return the role's report. `retry` makes a gateway retry the
 * records that it has set aside.
 */
export type RoleQuestion = 'status' | 'pause' | 'resume' | 'metrics' | 'retry';

/** From the supervisor. */
export interface RoleRequest {
  readonly id: number;
  readonly question: RoleQuestion;
}

/** To the supervisor. */
export type RoleMessage =
  | {
      readonly type: 'ready';
      readonly endpoint: string;
      /** URL of the metrics; null where they are not served. */
      readonly metrics: string | null;
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown };
