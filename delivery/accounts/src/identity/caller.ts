// Who makes a request: the principal with the policies and condition keys that decide what they may do.

import type { CompiledPolicy, ConditionKeys, Principal } from '@cess/access';
import { rootArn } from '../arns.js';

/** What the buckets of an account belong to. */
export interface Account {
  /** Twelve digits. */
  readonly id: string;
  /** Account id on chain. */
  readonly owner: Uint8Array;
  /** The account id in hexadecimal, as access control lists and listings name owners. */
  readonly canonicalId: string;
  /** X25519 key of the owner, to which bucket keys are sealed. */
  readonly ownerKey: Uint8Array;
  /** Where new buckets of this caller take their space. */
  readonly territory: string;
}

/** Policies that are attached to the caller. */
export interface CallerPolicies {
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy;
  readonly session?: readonly CompiledPolicy[];
}

export interface Caller {
  readonly account: Account;
  readonly principal: Extract<Principal, { readonly kind: 'root' | 'user' | 'role-session' }>;
  /** As GetCallerIdentity shows it: the account id, the id of a user, or the id of a role with the name of the session. */
  readonly userId: string;
  /** Absent for the root and for roles. */
  readonly userName?: string;
  readonly accessKeyId: string;
  /** Absent for permanent access keys. */
  readonly session?: { readonly issuedAtMs: number; readonly mfaAtMs: number | undefined };
  readonly policies: CallerPolicies;
  /** Condition keys that follow from the caller. */
  readonly keys: ConditionKeys;
}

/** The credentials that a request is signed with. */
export interface Credentials {
  readonly secretAccessKey: string;
  /** Unix milliseconds; absent for permanent access keys. */
  readonly expiresAtMs?: number;
  readonly caller: Caller;
}

/** The ARN of the caller as messages and GetCallerIdentity name it. */
export function callerArn({ principal }: Pick<Caller, 'principal'>): string {
  return principal.kind === 'root' ? rootArn(principal.account) : principal.arn;
}
