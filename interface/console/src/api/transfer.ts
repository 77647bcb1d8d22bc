// Upload of one file: in one request, or in parts of which several are on their way. A part that fails is sent again; paused transfers
// keep the parts that have arrived, and so do uploads that a closed page left. The file is read from the disk as it is sent.
import { type ApiError, csrfHeaders, errorOf, send } from './http.js';
import { abortUpload, completeUpload, findUpload, type ObjectName, objectPath } from './s3.js';
import { parseXml, textOf } from './xml.js';

const MiB = 1024 * 1024;
const wholeBytes = 16 * MiB;
const leastPartBytes = 16 * MiB;
const maxParts = 10_000;
const parallelParts = 3;
const maxAttempts = 6;

/** Parts that have arrived, by number. */
interface Multipart {
  readonly uploadId: string;
  readonly etags: Map<number, string>;
}

/** A part, or the whole file as part 0. */
interface Put {
  readonly part: number;
  readonly path: string;
  readonly body: Blob;
  readonly signal: AbortSignal;
}

export interface TransferInit {
  readonly target: ObjectName;
  readonly file: File;
  /** Undefined: the default of the bucket. */
  readonly storageClass?: string | undefined;
  /** An upload in parts that began before. */
  readonly uploadId?: string | undefined;
  /** Of its parts in order, where the answer to its completion may be lost. */
  readonly etags?: readonly string[] | undefined;
  readonly onProgress: () => void;
  /** An upload in parts has begun at the gateway. */
  readonly onBegun: (uploadId: string) => void;
  /** All its parts have arrived; the gateway is asked to make the object of them. */
  readonly onCompleting: (uploadId: string, etags: readonly string[]) => void;
  /** It no longer exists there: it is complete, was cancelled, or is unknown. */
  readonly onEnded: (uploadId: string) => void;
}

export class Transfer {
  /** Bytes that have arrived, and those on their way. */
  #arrived = 0;
  readonly #underWay = new Map<number, number>();
  #multipart: Multipart | undefined;
  #isCancelled = false;
  #running: Promise<void> = Promise.resolve();
  #stop = new AbortController();

  constructor(private readonly init: TransferInit) {}

  get target(): ObjectName {
    return this.init.target;
  }

  get file(): File {
    return this.init.file;
  }

  get sentBytes(): number {
    return this.#arrived + [...this.#underWay.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Sends what has not arrived yet. Rejects with the reason of `pause` or `cancel`, or with ApiError. */
  async run(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    // A run that was paused a moment ago may still be starting the upload at the gateway.
    const before = this.#running;
    this.#running = Promise.allSettled([before]).then(() => this.#send(stop));
    await this.#running;
  }

  async #send(stop: AbortController): Promise<void> {
    if (stop.signal.aborted) throw stopped();
    if (this.file.size <= wholeBytes) await this.#sendWhole(stop);
    else await this.#sendParts(stop);
  }

  /** `run` rejects, and may be called again. */
  pause(): void {
    this.#stop.abort();
  }

  /** Ends the transfer for good; the gateway forgets the parts. */
  async cancel(): Promise<void> {
    this.#isCancelled = true;
    this.#stop.abort();
    const multipart = this.#multipart;
    this.#multipart = undefined;
    const uploadId = multipart?.uploadId ?? this.init.uploadId;
    if (uploadId === undefined) return;
    this.init.onEnded(uploadId);
    await abortUpload(this.target, uploadId);
  }

  async #sendWhole({ signal }: AbortController): Promise<void> {
    await this.#attempt(0, signal, () =>
      this.#put({ part: 0, path: objectPath(this.target), body: this.file, signal }),
    );
  }

  async #sendParts(stop: AbortController): Promise<void> {
    const { signal } = stop;
    const partBytes = Math.max(leastPartBytes, Math.ceil(this.file.size / maxParts / MiB) * MiB);
    const count = Math.ceil(this.file.size / partBytes);
    const before = this.#multipart ?? (await this.#goOn(partBytes));
    if (before === 'complete') return;
    const multipart = before ?? (await this.#begin());
    this.#multipart = multipart;
    if (signal.aborted) {
      if (this.#isCancelled) await this.cancel();
      throw stopped();
    }
    const left = Array.from({ length: count }, (_, index) => index + 1).filter((part) => !multipart.etags.has(part));
    const sendNext = async (): Promise<void> => {
      for (let part = left.shift(); part !== undefined; part = left.shift()) {
        const number = part;
        const body = this.file.slice((number - 1) * partBytes, number * partBytes);
        const query = { partNumber: String(number), uploadId: multipart.uploadId };
        const path = objectPath(this.target, query);
        const etag = await this.#attempt(number, signal, () => this.#put({ part: number, path, body, signal }));
        multipart.etags.set(number, etag);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(parallelParts, left.length) }, sendNext));
    } catch (error) {
      // The other parts end with the first that fails.
      stop.abort();
      throw error;
    }
    await this.#complete(multipart);
  }

  /**
   * The upload that began before, with its parts, or `complete` where only the answer to its completion was lost; undefined without one,
   * and where the gateway no longer knows it.
   */
  async #goOn(partBytes: number): Promise<Multipart | 'complete' | undefined> {
    const { uploadId, etags, target, file, onEnded } = this.init;
    if (uploadId === undefined) return undefined;
    const found = await findUpload(target, uploadId, etags);
    if (found === undefined || found === 'complete') {
      onEnded(uploadId);
      return found;
    }
    const sizeOf = (part: number) => Math.min(partBytes, file.size - (part - 1) * partBytes);
    const parts = found.filter(({ part, size }) => size === sizeOf(part));
    this.#arrived = parts.reduce((sum, { size }) => sum + size, 0);
    return { uploadId, etags: new Map(parts.map(({ part, etag }) => [part, etag])) };
  }

  async #begin(): Promise<Multipart> {
    const answer = await send(objectPath(this.target, { uploads: '' }), { method: 'POST', headers: this.#headers() });
    const uploadId = textOf(parseXml(await answer.text()), 'UploadId') ?? '';
    this.init.onBegun(uploadId);
    return { uploadId, etags: new Map() };
  }

  async #complete({ uploadId, etags }: Multipart): Promise<void> {
    const inOrder = [...etags].sort(([a], [b]) => a - b).map(([, etag]) => etag);
    this.init.onCompleting(uploadId, inOrder);
    await completeUpload(this.target, uploadId, inOrder);
    this.#multipart = undefined;
    this.init.onEnded(uploadId);
  }

  /** Repeats what a new attempt may mend, with growing pauses. */
  async #attempt<T>(part: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        this.#underWay.delete(part);
        const { status = 0, retryAfterSeconds = 0 } = error as Partial<ApiError>;
        const mayHelp = status === 0 || status >= 500;
        if (signal.aborted || !mayHelp || attempt === maxAttempts) throw error;
        await pause(Math.max(retryAfterSeconds * 1000, 500 * 2 ** attempt), signal);
      }
    }
  }

  /** What the object is, stated by the request that makes it. */
  #headers(): Readonly<Record<string, string>> {
    const { file, storageClass } = this.init;
    return {
      ...(file.type === '' ? {} : { 'content-type': file.type }),
      ...(storageClass === undefined ? {} : { 'x-amz-storage-class': storageClass }),
    };
  }

  /** `fetch` reports no progress of what it sends, so this is an XMLHttpRequest. Returns the ETag. */
  #put({ part, path, body, signal }: Put): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const abort = () => request.abort();
      const end = () => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort);
      request.open('PUT', path);
      for (const [name, value] of Object.entries(csrfHeaders())) request.setRequestHeader(name, value);
      if (part === 0)
        for (const [name, value] of Object.entries(this.#headers())) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded }) => {
        this.#underWay.set(part, loaded);
        this.init.onProgress();
      };
      request.onload = () => {
        end();
        if (request.status !== 200)
          return reject(errorOf(request.status, request.responseText, request.getResponseHeader('retry-after')));
        this.#underWay.delete(part);
        this.#arrived += body.size;
        this.init.onProgress();
        resolve(request.getResponseHeader('etag') ?? '');
      };
      request.onerror = () => {
        end();
        reject(errorOf(0, '', null));
      };
      request.onabort = () => {
        end();
        this.#underWay.delete(part);
        reject(stopped());
      };
      if (signal.aborted) return reject(stopped());
      request.send(body);
    });
  }
}

const stopped = () => new DOMException('stopped', 'AbortError');

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(stopped());
    });
  });
}
