// The entry points of hash-wasm with one hash each. Its main entry contains all thirty, and loading it takes longer than
// everything else that this package loads.
declare module 'hash-wasm/dist/blake2b.umd.min.js' {
  const blake2b: Pick<typeof import('hash-wasm'), 'createBLAKE2b'>;
  export default blake2b;
}
declare module 'hash-wasm/dist/xxhash64.umd.min.js' {
  const xxhash64: Pick<typeof import('hash-wasm'), 'createXXHash64'>;
  export default xxhash64;
}
