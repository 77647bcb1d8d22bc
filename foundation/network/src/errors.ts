// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

interface RequestData {
  readonly peer: string;
  readonly protocol: string;
}

export const errors = declareErrors({
  NETWORK_ADDRESS_MALFORMED: withData<{ readonly address: string }>({
    meaning: 'A text is not a multiaddress that this node can use.',
    remedy: 'Write addresses as /ip4/<address>/tcp/<port>; those to dial end in /p2p/<peer id>.',
    retryable: false,
    isMisconfiguration: true,
  }),
  NETWORK_BUSY: withData<RequestData>({
    meaning: 'A peer has no place for another request of this node.',
    remedy: 'None; the request is repeated later or sent to another peer.',
    retryable: true,
  }),
  NETWORK_LISTEN: {
    meaning: 'The peer-to-peer host cannot listen on its addresses.',
    remedy: 'Check the listen addresses of the configuration and whether another program uses the port.',
    retryable: false,
    isMisconfiguration: true,
  },
  NETWORK_MESSAGE_MALFORMED: withData<{ readonly reason: string }>({
    meaning: 'A peer sent bytes that are not a frame of the protocol.',
    remedy: 'None; the peer is penalized and banned if it goes on.',
    retryable: false,
  }),
  NETWORK_MESSAGE_TOO_LARGE: withData<{ readonly bytes: number; readonly maxBytes: number }>({
    meaning: 'A message is larger than its protocol allows.',
    remedy: 'Send less at once. If a peer sent it, nothing: the peer is penalized.',
    retryable: false,
  }),
  NETWORK_PEER_BANNED: withData<{ readonly peer: string }>({
    meaning: 'This node has banned the peer for what it sent.',
    remedy: 'Use another peer; the ban ends by itself.',
    retryable: true,
  }),
  NETWORK_PEER_ID_MALFORMED: withData<{ readonly peer: string }>({
    meaning: 'A text is not the peer id of an Ed25519 key.',
    remedy: 'Pass the peer id as the other node prints it; it begins with 12D3KooW.',
    retryable: false,
  }),
  NETWORK_PEER_UNREACHABLE: withData<RequestData>({
    meaning: 'No connection or stream to the peer could be opened, or it broke.',
    remedy: 'None; the request is repeated later or sent to another peer. Check the network if this goes on.',
    retryable: true,
  }),
  NETWORK_PROTOCOL_UNSUPPORTED: withData<RequestData>({
    meaning: 'The peer does not serve this protocol of this network.',
    remedy: 'Send the request to a peer of the right role and version.',
    retryable: false,
  }),
  NETWORK_RECORD_INVALID: withData<{ readonly reason: string }>({
    meaning: 'A capability record is refused.',
    remedy: 'For an own record, correct what the reason names. Records of others are skipped.',
    retryable: false,
  }),
  NETWORK_RECORD_NOT_STORED: {
    meaning: 'No other node has taken the capability record of this one.',
    remedy: 'None; it is published again soon. Check bootstrap addresses and the network if this goes on.',
    retryable: true,
  },
  NETWORK_REQUEST_REFUSED: withData<RequestData>({
    meaning: 'The peer received the request and refused it.',
    remedy: 'Read the log of the peer.',
    retryable: false,
  }),
  NETWORK_REQUEST_TIMEOUT: withData<RequestData & { readonly timeoutMs: number }>({
    meaning: 'A peer did not answer a request in the time of its protocol.',
    remedy: 'None; the request is repeated later or sent to another peer.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
