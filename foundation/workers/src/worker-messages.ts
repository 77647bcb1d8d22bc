// What goes between the caller and its worker: plain data that structured clone keeps.
import type { WireError } from '@cess/primitives';

/** The calls of a worker: method to its arguments and result. */
export type WorkerMethods<Calls> = {
  readonly [Method in keyof Calls]: { readonly args: readonly unknown[]; readonly result: unknown };
};

export interface CallMessage {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type ReplyMessage =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: WireError };
