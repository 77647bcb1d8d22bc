// What a run sees of its nodes. All calls are synchronous and come before the next event.
import type { NetworkHost } from '@cess/network';
import type { EngineCalls, Finalized, ImportedBlock } from '@cess/node/parts';
import type { LogFields } from '@cess/primitives';
import type { LogLevel } from './observed-logger.js';
import type { SimDisk } from './sim-disk.js';

export interface ObservedNode {
  readonly number: number;
  readonly isHonest: boolean;
  /** Of its authority key. */
  readonly publicKey: Uint8Array | undefined;
  readonly disk: SimDisk;
}

export interface NodeObserver {
  /** The database of a process is open. */
  onStarted(node: ObservedNode, heads: EngineCalls['heads']['result']): void;
  /** The database was put back from a backup. */
  onRestored(node: ObservedNode): void;
  /** The node ended by itself. */
  onFatal(node: ObservedNode, error: unknown, where: string): void;
  onAuthored(node: ObservedNode, block: ImportedBlock): void;
  onImported(node: ObservedNode, block: ImportedBlock): void;
  onFinalized(node: ObservedNode, finalized: Finalized): void;
  onLog(node: ObservedNode, level: LogLevel, fields: LogFields, message: string): void;
  /** The host through which the node speaks. */
  observeHost(node: ObservedNode, host: NetworkHost): NetworkHost;
}
