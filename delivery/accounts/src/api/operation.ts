// What an operation of the IAM and STS APIs is made of.
import type { CompiledPolicy, ConditionKeys } from '@cess/access';
import type { IndexView, Read, ReadView } from '@cess/object-index';
import type { Rng } from '@cess/primitives';
import type { Caller } from '../identity/caller.js';
import type { KeyUses } from '../identity/key-uses.js';
import type { PolicyCompiler } from '../identity/policy-compiler.js';
import type { Roots } from '../identity/roots.js';
import type { MfaAttempts } from '../mfa/attempts.js';
import type { KeyVault } from '../named-keys/key-vault.js';
import type { Challenges } from '../sign-in/challenges.js';
import type { Secrets } from '../store/secrets.js';
import type { Params } from './params.js';

/** Elements of an answer by name. Lists become `member` elements, undefined values are left out, dates are in UTC. */
export interface Answer {
  readonly [name: string]: AnswerValue;
}
export type AnswerValue = string | number | boolean | Date | undefined | Answer | readonly AnswerValue[];

/** One request of an authenticated caller. */
export interface Call {
  readonly params: Params;
  readonly caller: Caller;
  readonly nowMs: number;
  /** When the caller proved an MFA device with this request. */
  readonly mfaAtMs: number | undefined;
  readonly services: ApiServices;
}

export interface ApiServices {
  readonly secrets: Secrets;
  readonly rng: Rng;
  readonly region: string;
  readonly vault: KeyVault;
  /** Length of a day of the waiting times and rotations of named keys. */
  readonly dayMs: number;
  readonly roots: Roots;
  readonly compiler: PolicyCompiler;
  readonly keyUses: KeyUses;
  readonly attempts: MfaAttempts;
  readonly challenges: Challenges;
}

/** What an operation acts on, for the decision whether the caller may. */
export interface Subject {
  readonly arn: string;
  /** Condition keys of this operation, such as iam:PolicyARN. */
  readonly keys?: ConditionKeys;
  /** The account of the subject; default: that of the caller. */
  readonly account?: string;
  /** The trust policy, which must allow the request as well. */
  readonly trust?: CompiledPolicy;
}

/** Nothing: the answer has no result element. */
type Outcome = Read<Answer | undefined> | Read<void>;

interface OperationBase {
  /** Undefined: every caller may. */
  readonly subject?: (call: Call, view: ReadView) => Read<Subject>;
  /** The request may prove an MFA device with `SerialNumber` and `TokenCode`. */
  readonly takesCode?: true;
}

/** Either reads one state of the store or changes it in one transaction. */
export type Operation = OperationBase &
  (
    | { readonly read: (call: Call, view: ReadView) => Outcome; readonly change?: undefined }
    | { readonly change: (call: Call, view: IndexView) => Outcome; readonly read?: undefined }
  );

/** Operations by Amazon's names. */
export type Operations = Readonly<Record<string, Operation>>;
