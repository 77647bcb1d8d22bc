import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvariantError, type LogFields, silentLogger } from '@cess/primitives';
import { createFatalHandler, fatalExitCode } from './fatal.js';

function setting(report: () => unknown) {
  const lines: LogFields[] = [];
  const codes: number[] = [];
  const logger = { ...silentLogger, error: (fields: LogFields) => void lines.push(fields) };
  return { lines, codes, onFatal: createFatalHandler({ logger, report, exit: (code) => void codes.push(code) }) };
}

describe('fatal errors', () => {
  it('the first one is logged with a state dump and ends the process with its own exit code', () => {
    const { lines, codes, onFatal } = setting(() => ({ undeclared: 3 }));
    onFatal(new InvariantError('impossible'), 'declarer');
    onFatal(new Error('follows from it'), 'renewer');
    assert.deepEqual(codes, [fatalExitCode]);
    assert.equal(lines.length, 1);
    const { loop, code, error, stack, state } = lines[0] as Record<string, unknown>;
    assert.deepEqual([loop, code, error], ['declarer', 'UNEXPECTED', 'impossible']);
    assert.match(String(stack), /fatal\.test/);
    assert.deepEqual(Object.keys(state as object), ['report', 'process']);
    assert.deepEqual((state as { report: unknown }).report, { undeclared: 3 });
  });

  it('a report that fails does not keep the process from ending', () => {
    const { lines, codes, onFatal } = setting(() => {
      throw new Error('half closed');
    });
    onFatal(new InvariantError('impossible'), 'declarer');
    assert.deepEqual(codes, [fatalExitCode]);
    const { state } = lines[0] as { readonly state: { readonly report: unknown } };
    assert.equal(state.report, 'not available: half closed');
  });
});
