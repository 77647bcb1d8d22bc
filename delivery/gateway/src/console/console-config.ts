// How the console of a gateway is configured.

export interface ConsoleConfig {
  readonly host: string;
  readonly port: number;
  /** Folder of the built pages. */
  readonly assets: string;
  /** WebSocket URL of the chain node to which pages are relayed. None: pages show nothing of the chain. */
  readonly chainRpc: string | undefined;
  /** Keys in hexadecimal of the authorities that finalize the first blocks, by the chain specification: what browsers verify against. */
  readonly authorities: readonly string[];
  /** Origin of the S3 endpoint in links, as clients reach it. Default: where the gateway listens. */
  readonly s3Endpoint?: string | undefined;
}
