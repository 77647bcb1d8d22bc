// @cess/fragment-store/testing: a file system that fails and crashes as a test plans it.
export { createFaultyFs, type FaultPlan, type FaultyFs } from './faulty-fs.js';
