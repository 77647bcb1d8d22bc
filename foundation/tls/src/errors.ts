// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';
import type { PinRefusal } from './node-pin.js';

export const errors = declareErrors({
  CONNECTION_REFUSED: {
    meaning:
      'A connection to a server ended before HTTP: its PROXY header or TLS handshake was missing, malformed or late.',
    remedy: 'Compare the settings for TLS and trusted proxies of the server with those of the client or proxy.',
    retryable: false,
  },
  TLS_NODE_UNTRUSTED: withData<{ readonly address: string; readonly reason: PinRefusal }>({
    meaning:
      'A node did not prove by TLS that it has the key that the chain records for it; `reason` says why. Nothing was sent to it.',
    remedy:
      'Check that the endpoint on chain leads to the node itself, that no proxy on the way ends TLS, and the clocks of both machines.',
    retryable: true,
  }),
  TLS_REQUIRED: withData<{ readonly endpoint: string }>({
    meaning: 'The endpoint of a node is plain HTTP on another machine. Nothing was sent to it.',
    remedy: 'The operator of the node registers its https endpoint; plain HTTP is for loopback only.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
