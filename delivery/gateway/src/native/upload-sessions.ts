// Unfinished uploads in ranges. The index holds them, as uploads of S3 in parts; this is what requests would otherwise read again for
// each range, and which message began an upload, so that two clients cannot mix their bytes in one file.
import { BoundedCache } from '@cess/primitives';
import { NativeError } from './native-error.js';

export interface UploadSession {
  readonly fid: string;
  readonly uploadId: string;
  /** Bytes received from the first one on. */
  received: number;
  /** Number of the last part. */
  parts: number;
  /** Of the wallet's message; undefined after a restart of the gateway, until the next range comes. */
  messageDigest: string | undefined;
  /** `complete`: the file exists, and a repeated range is answered with its fid. */
  state: 'open' | 'complete' | 'aborted';
}

const maxKnown = 4_096;

export class UploadSessions {
  readonly #known = new BoundedCache<UploadSession>(maxKnown);
  readonly #busy = new Set<string>();

  /** Runs a section alone for its upload. Throws UploadBusy while another one runs. */
  async alone<T>(upload: string, section: () => Promise<T>): Promise<T> {
    if (this.#busy.has(upload)) throw new NativeError('UploadBusy');
    this.#busy.add(upload);
    try {
      return await section();
    } finally {
      this.#busy.delete(upload);
    }
  }

  get(upload: string): UploadSession | undefined {
    return this.#known.get(upload);
  }

  set(upload: string, session: UploadSession): UploadSession {
    this.#known.set(upload, session);
    return session;
  }
}
