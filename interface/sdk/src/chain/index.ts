// @cess/sdk/chain: typed queries, calls, events and signers.
import '../errors.js';

export {
  type CallSigner,
  ChainClient,
  type EventRecord,
  type ExtrinsicSigner,
  type Header,
  type Inclusion,
  query,
  readExtrinsic,
  Submitter,
  tx,
} from '@cess/client';
export { ed25519Account, type InjectedPayload, type InjectedSigner, injectedAccount } from '@cess/client/signers';
export { accountOfAddress, addressOfAccount } from './addresses.js';
export { type ConnectChainOptions, connectChain } from './connect-chain.js';
export { estimateFee } from './estimate-fee.js';
export { type Balance, getBalance, type StateReader } from './get-balance.js';
export { type Signer, type SubmitCallOptions, submitCall } from './submit-call.js';
export { type FinalizedBlockEvents, type WatchBlocksOptions, watchBlocks } from './watch-blocks.js';
