// What the handlers share.
import type { Ed25519Signer } from '@cess/crypto';
import type { FragmentStore } from '@cess/fragment-store';
import type { BodyPace } from '@cess/node-api';
import type { AttestedFragments } from '../holdings/attested-fragments.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import type { Authenticator } from './request.js';
import type { UndeclaredLimit } from './undeclared-limit.js';

export interface HandlerContext {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly attested: AttestedFragments;
  readonly undeclared: UndeclaredLimit;
  readonly signer: Ed25519Signer;
  readonly genesis: Uint8Array;
  readonly auth: Authenticator;
  readonly maxFragmentBytes: number;
  readonly bodyPace: BodyPace;
  readonly retentionSeconds: number;
  readonly declaredBytes: number;
  /** Fires when the provider stops. */
  readonly stopping: AbortSignal;
  readonly nowSeconds: () => number;
  /** Index of this provider on chain; undefined before registration. */
  readonly ownIndex: () => number | undefined;
  /** The index. Throws 503 before registration. */
  readonly requireIndex: () => number;
  /** Starts an upload of a gateway. The result ends it. Throws 503 when too many are running. */
  readonly enterUpload: (gateway: Uint8Array) => () => void;
  /** The same for reads, by the key of the reader. */
  readonly enterRead: (nodeKey: Uint8Array) => () => void;
  /** The same for holdings and renewals, by the key of the caller. */
  readonly enterBatch: (nodeKey: Uint8Array) => () => void;
}
