// What a gateway is given, and what its process sees of it.

import type { X25519Pair } from '@cess/crypto';
import type { NodeSigner } from '@cess/node-api';
import type { HoldReason, IndexBackend, ObjectIndex } from '@cess/object-index';
import type { Logger, Metrics, OnFatal, Startable, Timers } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { SpanRecorder } from '@cess/telemetry';
import type { GatewayChain } from './chain-port.js';
import type { ConsoleConfig } from './console/console-config.js';
import type { FleetMember } from './fleet/fleet-member.js';
import type { FollowedGateway } from './follow/followed-gateway.js';
import type { ObserverConfig } from './gateway-observers.js';
import type { ServedAccount } from './served-account.js';
import type { StorageClassName } from './storage-classes.js';
import type { CertificateFiles } from './transport/certificates.js';

export interface GatewayComponents {
  /** What only this process uses: the memory of the chain, and the object index without `index`. */
  readonly kv: Kv;
  /** The object index of a fleet, and this gateway in it. Default: the index lies in `kv`, and this gateway is alone. */
  readonly fleet?: { readonly index: IndexBackend; readonly member: FleetMember } | undefined;
  readonly chain: GatewayChain;
  /** The exports of a gateway that this one follows: it serves their buckets, read-only. Default: it has an index of its own. */
  readonly follows?: FollowedGateway | undefined;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Terminates the process: background work failed with an error that a retry cannot fix. */
  readonly onFatal: OnFatal;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Takes a span of every request. Default: none are made. */
  readonly spans?: SpanRecorder | undefined;
  /** ed25519 identity presented to providers, registered on chain. */
  readonly signer: NodeSigner;
  /** X25519 pair to which owners seal bucket keys. */
  readonly wrappingKey: X25519Pair;
}

export interface NativeApiConfig {
  /** Who reads a file: whoever knows its fid, as clients of DeOSS expect, or its owner by a signature. */
  readonly reads: 'fid' | 'signed';
  /** How long a signed message is accepted. */
  readonly signatureWindowMs: number;
}

export interface GatewayConfig extends ObserverConfig {
  /** Account on chain. */
  readonly account: Uint8Array;
  /** Root keys of the accounts that the gateway serves. */
  readonly accounts: readonly ServedAccount[];
  readonly s3Host: string;
  /** For plain HTTP; undefined: HTTPS only. */
  readonly s3Port: number | undefined;
  /** HTTPS on a port of its own. The first certificate serves clients that name no host. */
  readonly s3Tls?: { readonly port: number; readonly certificates: readonly CertificateFiles[] } | undefined;
  /** Addresses and networks of proxies that begin every connection with a PROXY header. Default: none. */
  readonly s3TrustedProxies?: readonly string[];
  /**
   * Domains under which buckets can be addressed as `bucket.domain` (virtual-hosted style), lower-case. Every other host
   * is served in path style only. Default: `localhost`, so that SDKs work unconfigured on a development machine.
   */
  readonly s3Domains?: readonly string[];
  /**
   * Domains under which `bucket.domain` serves a bucket as a website, lower-case; they count before `s3Domains`. Default:
   * `website.localhost`.
   */
  readonly s3WebsiteDomains?: readonly string[];
  /** A connection that transfers nothing for this long is closed. */
  readonly s3IdleTimeoutMs?: number;
  /** Most connections to the S3 server. One client address gets at most half of them. Default 2,048. */
  readonly s3MaxConnections?: number;
  /** Memory for bodies on their way, all requests together; at least one segment (96 MiB at 4 + 8). */
  readonly memoryBudgetBytes?: number;
  /** File of the secrets without which named keys do not open. */
  readonly keyVaultFile: string;
  /** Pause between two anchors of the audit log. Default 60 s. */
  readonly auditAnchorMs?: number;
  /** Most bytes of the audit log; the oldest anchored segments are removed beyond. Default 16 GiB. */
  readonly auditMaxBytes?: number;
  /** Bodies up to this size are stored in batches and packed later (ADR 72). Default 0: every body is a file of its own. */
  readonly batchBelowBytes?: number;
  /** How long small objects wait for others before they are packed and declared. Default 5 minutes. */
  readonly packAfterMs?: number | undefined;
  /**
   * Pause between two exports of what changed in the index into the network (ADR 73). Default: the index is not exported, and
   * whoever loses its folder loses it.
   */
  readonly indexExportMs?: number | undefined;
  /** Memory for sealed streams of small objects that were stored or read last. Default 32 MiB; 0: none. */
  readonly smallCacheBytes?: number;
  /** Folder for bytes of slow clients, which only this gateway uses. Emptied at start. */
  readonly spillDir: string;
  /** Most bytes in it. One client gets at most half. Default 4 GiB. */
  readonly spillBudgetBytes?: number;
  /**
   * Start over an empty index although the chain has files that this gateway declared. Their names and keys stay lost.
   * Default false: `start` throws `GATEWAY_INDEX_LOST`.
   */
  readonly acceptLostIndex?: boolean;
  /** A transfer with a provider times out after this long without progress. */
  readonly providerStallMs?: number;
  /** How long a file waits for a quorum of attestations before it is declared with fewer. */
  readonly attestPatienceMs?: number;
  /** Storage classes that new objects may have beside Amazon's. Default: none. */
  readonly storageClasses?: readonly StorageClassName[];
  /** The upload API of the existing gateways, below `/.native` (ADR 75). Default: none. */
  readonly nativeApi?: NativeApiConfig | undefined;
  /** Pages for people on a port of their own (ADR 89). Default: none. */
  readonly console?: ConsoleConfig | undefined;
  /** Whether requests may carry encryption keys over plain HTTP, because a proxy with TLS stands before. Default false. */
  readonly s3CustomerKeysOverHttp?: boolean;
  /** Pause between two samples of the usage of accounts. Default 1 hour. */
  readonly usageSampleMs?: number | undefined;
  /** Length of a day of lifecycle rules, inventories and named keys, for development networks and tests. Default 86,400. */
  readonly lifecycleDaySeconds?: number;
}

export interface Gateway extends Startable {
  readonly s3Endpoint: string;
  /** Of HTTPS, if it is configured. */
  readonly s3TlsEndpoint: string | undefined;
  /** Of the console, if it is configured. */
  readonly consoleEndpoint: string | undefined;
  readonly index: ObjectIndex;
  /** Outbox entries not yet submitted to the chain. */
  backlog(): Promise<number>;
  /** Number of records that background work set aside, by loop; loops without any are omitted. */
  setAside(): Readonly<Record<string, number>>;
  /** Number of stored files that the chain does not record until their owners act, by reason. */
  unrecorded(): Promise<Readonly<Partial<Record<HoldReason, number>>>>;
  /** Age of the oldest change of the index that only this machine has; undefined if the index is not exported. */
  unexportedSeconds(): number | undefined;
  /** Makes background work retry the records set aside; returns their number. */
  retrySetAside(): number;
  /** Reads the TLS certificates again at once. Without TLS it does nothing. */
  reloadCertificates(): Promise<void>;
  usage(): GatewayUsage;
  /** Serves these accounts instead of those of before. Throws `ACCOUNT_ID_TAKEN`, and nothing changes. */
  replaceAccounts(accounts: readonly ServedAccount[]): void;
}

/** Resources that requests currently use. */
export interface GatewayUsage {
  /** Bytes used of the memory budget, copies included. */
  readonly memoryBytes: number;
  /** Requests in progress. */
  readonly requests: number;
  /** Space still available for uploads, by access key. */
  readonly availableBytes: Readonly<Record<string, number>>;
}
