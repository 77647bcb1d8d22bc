// All uploads of this page: a queue of which two run at a time, and those that a closed page left, which wait for their file. Screens
// follow it by `useTransfers`.
import { useSyncExternalStore } from 'react';
import { ApiError } from './http.js';
import {
  forgetUpload,
  heldUploads,
  holdUpload,
  isSameFile,
  isUploadTo,
  type KeptUpload,
  keepCompletion,
  keepUpload,
  keptUploads,
} from './kept-uploads.js';
import { abortUpload, findUpload, type ObjectName } from './s3.js';
import { Transfer, type TransferInit } from './transfer.js';

type TransferState = 'queued' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled' | 'interrupted';

export interface ShownTransfer {
  readonly id: number;
  readonly name: string;
  readonly target: ObjectName;
  readonly state: TransferState;
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** Of the last seconds. */
  readonly bytesPerSecond: number;
  readonly failure: string | undefined;
  /** The file that was chosen to go on with is another one. */
  readonly isOtherFile?: boolean;
  /** This browser does not remember the upload: it ends with the page. */
  readonly isForgotten?: boolean;
}

interface Interrupted {
  readonly id: number;
  readonly upload: KeptUpload;
  readonly isOtherFile?: boolean;
  /** Why it could not be cancelled. */
  readonly failure?: string;
  /** The gateway had made the object of it; only its answer was lost. */
  readonly isDone?: boolean;
}

interface Held {
  readonly id: number;
  readonly transfer: Transfer;
  /** Of an upload in parts: lets other pages go on with it. */
  release: (() => void) | undefined;
  state: TransferState;
  failure: string | undefined;
  isForgotten: boolean;
  /** Rises with each start: an end that belongs to an earlier one counts for nothing. */
  run: number;
  rate: { atMs: number; bytes: number; perSecond: number };
}

type UploadOptions = Pick<TransferInit, 'storageClass' | 'uploadId' | 'etags'>;

const parallelFiles = 2;
const refreshMs = 200;

class Transfers {
  #owner = '';
  #held: Held[] = [];
  #interrupted: readonly Interrupted[] = [];
  #shown: readonly ShownTransfer[] = [];
  #nextId = 1;
  #timer: number | undefined;
  readonly #listeners = new Set<() => void>();
  /** Called when an upload has ended well. */
  readonly onDone = new Set<(target: ObjectName) => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): readonly ShownTransfer[] => this.#shown;

  /** Account and name of the user who is signed in. Uploads of another user stop, and are no longer shown. */
  belongTo(owner: string): void {
    if (owner === this.#owner) return;
    this.#owner = owner;
    for (const held of this.#held) {
      held.transfer.pause();
      held.state = 'paused';
      held.release?.();
    }
    this.#held = [];
    this.#interrupted = [];
    this.#changed();
    void this.#findInterrupted(owner);
  }

  /** Without a class the object has the default of the bucket; an upload that goes on keeps its own. */
  add(target: ObjectName, file: File, storageClass?: string): void {
    const before = this.#interrupted.find(
      ({ upload, isDone }) => isDone !== true && isUploadTo(upload, target) && isSameFile(upload, file),
    );
    if (before === undefined) this.#enqueue(this.#nextId++, target, file, { storageClass });
    else this.goOn(before.id, file);
  }

  /** Goes on with an interrupted upload, unless the file is another one. */
  goOn(id: number, file: File): void {
    const found = this.#interrupted.find((one) => one.id === id);
    if (found === undefined) return;
    const { upload } = found;
    if (isSameFile(upload, file)) {
      this.#interrupted = this.#interrupted.filter((one) => one.id !== id);
      const { bucket, key, uploadId, etags } = upload;
      this.#enqueue(id, { bucket, key }, file, { uploadId, etags });
    } else {
      this.#interrupted = this.#interrupted.map((one) => (one.id === id ? { ...one, isOtherFile: true } : one));
      this.#changed();
    }
  }

  #enqueue(id: number, target: ObjectName, file: File, options: UploadOptions): void {
    const owner = this.#owner;
    const { uploadId } = options;
    const transfer = new Transfer({
      target,
      file,
      ...options,
      onProgress: () => this.#changedSoon(),
      onBegun: (begun) => {
        const { bucket, key } = target;
        const [size, modifiedMs] = [file.size, file.lastModified];
        const begunMs = Date.now();
        const kept = { owner, bucket, key, uploadId: begun, fileName: file.name, size, modifiedMs, begunMs };
        held.isForgotten = !keepUpload(kept);
        void this.#hold(held, begun);
      },
      onCompleting: keepCompletion,
      onEnded: (ended) => {
        forgetUpload(ended);
        held.release?.();
        held.release = undefined;
      },
    });
    const rate = { atMs: performance.now(), bytes: 0, perSecond: 0 };
    const held: Held = {
      ...{ id, transfer, state: 'queued', failure: undefined, isForgotten: false },
      ...{ run: 0, rate, release: undefined },
    };
    if (uploadId !== undefined) void this.#hold(held, uploadId);
    this.#held = [...this.#held, held];
    this.#startNext();
  }

  async #hold(held: Held, uploadId: string): Promise<void> {
    const release = await holdUpload(uploadId);
    if (release === undefined) return;
    const hasEnded = held.state === 'done' || held.state === 'cancelled' || !this.#held.includes(held);
    if (hasEnded) release();
    else held.release = release;
  }

  async #findInterrupted(owner: string): Promise<void> {
    const elsewhere = await heldUploads();
    if (owner !== this.#owner) return;
    const left = keptUploads(owner).filter(({ uploadId }) => !elsewhere.has(uploadId));
    this.#interrupted = left.map((upload) => ({ id: this.#nextId++, upload }));
    this.#changed();
    await Promise.all(this.#interrupted.map((one) => this.#findCompletion(one)));
  }

  /** An upload that the gateway has completed is done, although no page has seen the answer. */
  async #findCompletion({ id, upload }: Interrupted): Promise<void> {
    const { bucket, key, uploadId, etags } = upload;
    if (etags === undefined) return;
    const target = { bucket, key };
    // Where the gateway cannot be asked now, it is asked when the reader goes on.
    const found = await findUpload(target, uploadId, etags).catch((error: unknown) => String(error));
    if (found !== 'complete') return;
    forgetUpload(uploadId);
    this.#interrupted = this.#interrupted.map((one) => (one.id === id ? { ...one, isDone: true } : one));
    this.#changed();
    for (const listener of this.onDone) listener(target);
  }

  pause(id: number): void {
    const held = this.#find(id);
    if (held === undefined) return;
    held.state = 'paused';
    held.transfer.pause();
    this.#startNext();
  }

  /** Of a paused or failed transfer. */
  resume(id: number): void {
    const held = this.#find(id);
    if (held === undefined) return;
    held.state = 'queued';
    held.failure = undefined;
    this.#startNext();
  }

  cancel(id: number): void {
    const interrupted = this.#interrupted.find((one) => one.id === id);
    if (interrupted !== undefined) return void this.#drop(interrupted);
    const held = this.#find(id);
    if (held === undefined) return;
    held.state = 'cancelled';
    // The gateway removes parts of unfinished uploads by lifecycle rules too, so a failure here costs only space.
    held.transfer.cancel().catch((error: unknown) => {
      held.failure = String(error);
    });
    this.#startNext();
  }

  /** An upload that cannot be cancelled now stays in the list, with the reason. */
  async #drop({ id, upload }: Interrupted): Promise<void> {
    let failure: string | undefined;
    try {
      await abortUpload({ bucket: upload.bucket, key: upload.key }, upload.uploadId);
    } catch (error) {
      const isGone = error instanceof ApiError && error.status === 404;
      if (!isGone) failure = error instanceof Error ? error.message : String(error);
    }
    if (failure === undefined) forgetUpload(upload.uploadId);
    this.#interrupted = this.#interrupted.flatMap((one) => {
      if (one.id !== id) return [one];
      return failure === undefined ? [] : [{ ...one, failure }];
    });
    this.#changed();
  }

  clearFinished(): void {
    this.#held = this.#held.filter(({ state }) => state !== 'done' && state !== 'cancelled');
    this.#interrupted = this.#interrupted.filter(({ isDone }) => isDone !== true);
    this.#changed();
  }

  #find(id: number): Held | undefined {
    return this.#held.find((held) => held.id === id);
  }

  #startNext(): void {
    const running = this.#held.filter(({ state }) => state === 'running').length;
    const next = this.#held.filter(({ state }) => state === 'queued').slice(0, Math.max(0, parallelFiles - running));
    for (const held of next) void this.#run(held);
    this.#changed();
  }

  async #run(held: Held): Promise<void> {
    held.state = 'running';
    held.run++;
    const { run } = held;
    held.rate = { atMs: performance.now(), bytes: held.transfer.sentBytes, perSecond: 0 };
    try {
      await held.transfer.run();
      if (held.run !== run) return;
      held.state = 'done';
      for (const listener of this.onDone) listener(held.transfer.target);
    } catch (error) {
      if (held.state === 'running' && held.run === run) {
        held.state = 'failed';
        held.failure = error instanceof Error ? error.message : String(error);
      }
    }
    this.#startNext();
  }

  #changedSoon(): void {
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      this.#changed();
    }, refreshMs);
  }

  #changed(): void {
    const nowMs = performance.now();
    const running = this.#held.map((held) => {
      const { transfer, state, failure, isForgotten, id } = held;
      const sentBytes = state === 'done' ? transfer.file.size : transfer.sentBytes;
      if (nowMs - held.rate.atMs > 1_000) {
        const perSecond = ((sentBytes - held.rate.bytes) * 1000) / (nowMs - held.rate.atMs);
        held.rate = { atMs: nowMs, bytes: sentBytes, perSecond: Math.max(0, perSecond) };
      }
      const { target, file } = transfer;
      const common = { id, name: file.name, target, state, failure, isForgotten, totalBytes: file.size };
      return { ...common, sentBytes, bytesPerSecond: state === 'running' ? held.rate.perSecond : 0 };
    });
    this.#shown = [...this.#interrupted.map(shownInterrupted), ...running];
    for (const listener of this.#listeners) listener();
  }
}

function shownInterrupted({ id, upload, failure, isOtherFile = false, isDone }: Interrupted): ShownTransfer {
  const { bucket, key, fileName: name, size: totalBytes } = upload;
  const common = { id, name, target: { bucket, key }, totalBytes, failure, isOtherFile };
  const state = isDone === true ? 'done' : 'interrupted';
  return { ...common, state, sentBytes: 0, bytesPerSecond: 0 };
}

export const transfers = new Transfers();

export function useTransfers(): readonly ShownTransfer[] {
  return useSyncExternalStore(transfers.subscribe, transfers.snapshot);
}
