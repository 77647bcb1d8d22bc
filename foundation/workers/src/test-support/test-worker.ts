// A worker for the tests, in a thread or, started with the argument "process", in a process.
import { CessError } from '@cess/primitives';
import { type Handlers, serveProcess, serveThread } from '../index.js';

export type TestCalls = {
  echo: { args: [value: unknown]; result: unknown };
  sizeOf: { args: [bytes: Uint8Array]; result: number };
  refuse: { args: []; result: never };
  fail: { args: []; result: never };
  die: { args: []; result: never };
  never: { args: []; result: never };
  hoard: { args: [megabytes: number]; result: number };
  close: { args: []; result: string };
};

const handlers: Handlers<TestCalls> = {
  echo: (value) => value,
  sizeOf: (bytes) => bytes.length,
  refuse: () => {
    throw new CessError('HEX_MALFORMED', 'No.', { length: 3 }, { retryable: true });
  },
  fail: () => {
    throw new TypeError('undefined is not a function');
  },
  die: () => process.exit(7),
  never: () => new Promise<never>(() => {}),
  hoard: (megabytes) => {
    const hoarded: number[][] = [];
    while (hoarded.length < megabytes) hoarded.push(Array.from({ length: 131_072 }, (_, i) => i + 0.5));
    return hoarded.length;
  },
  close: () => 'closed',
};

if (process.argv[2] === 'process') serveProcess(handlers);
else serveThread(handlers, { isSerial: false, lastCall: 'close' });
