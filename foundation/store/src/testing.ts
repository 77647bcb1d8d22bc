// @cess/store/testing: a key-value store that fails and crashes as a test plans it.
export { createFaultyKv, type FaultPlan, type FaultyKv, isInjectedFault } from './faulty-kv.js';
