// What the plain evaluator (reference.ts) works on.

export type PlainPolicy = { Version?: string; Statement: PlainStatement[] };
export interface PlainStatement {
  Effect: string;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: string | string[];
  NotAction?: string | string[];
  Resource?: string | string[];
  NotResource?: string | string[];
  Condition?: Record<string, Record<string, unknown>>;
}

export interface PlainRequest {
  kind: 'anonymous' | 'root' | 'user' | 'role-session' | 'federated-user' | 'service' | 'federated';
  account?: string;
  canonicalId?: string;
  /** ARN of the user or session. */
  arn?: string;
  /** ARN of the role or the user behind a session. */
  parentArn?: string;
  /** Name of a service or provider. */
  name?: string;
  action: string;
  resource: string;
  resourceAccount: string;
  /** Keys in lower case. */
  keys: Record<string, string[] | undefined>;
}

export interface PlainPolicies {
  identity: PlainPolicy[];
  boundary?: PlainPolicy;
  session?: PlainPolicy[];
  resource?: PlainPolicy;
  acl?: 'account' | 'everyone';
  resourceMustAllow: boolean;
  /** RestrictPublicBuckets, and the policy is public. */
  isRestricted: boolean;
}
