// @cess/tee: the TEE worker.
import './errors.js';

export type { TeeChainInit } from './chain/chain-adapter.js';
export type { DueRound, FinalizedHead, TeeChain, TeeEvent, WorkerRecord, WorkerRegistration } from './chain-port.js';
export type { TeeWorkerConfig } from './config.js';
export type {
  Enclave,
  EnclaveDescription,
  FinalizedBlock,
  Judgement,
  JudgeRequest,
  ReadProof,
  TagRequest,
  TagSetAnswer,
} from './enclave/enclave.js';
export type { SoftwareEnclaveInit } from './enclave/software-enclave.js';
export { TeeMetrics } from './tee-metrics.js';
export { createTeeWorker, type TeeWorker, type TeeWorkerComponents } from './tee-worker.js';
export { createTeeWorkerOverChain, type TeeWorkerOverChainInit } from './tee-worker-over-chain.js';
