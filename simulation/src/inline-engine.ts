// The chain engine without its thread: one call at a time, in the order of the calls, as the thread serves them.
import {
  ChainEngine,
  type EngineCalls,
  type EngineComponents,
  type EngineHost,
  type EngineMethod,
} from '@cess/node/parts';

type RunEngine = Pick<EngineHost, 'run'>;

type Handlers = {
  readonly [Method in EngineMethod]: (
    ...args: EngineCalls[Method]['args']
  ) => EngineCalls[Method]['result'] | Promise<EngineCalls[Method]['result']>;
};

/** Opens the database, and gives the calls of the engine. Throws what `ChainEngine.open` throws. */
export async function openInlineEngine(components: EngineComponents): Promise<RunEngine> {
  const engine = await ChainEngine.open(components);
  const handlers: Handlers = {
    heads: () => engine.heads(),
    versions: () => engine.versions(),
    propose: (request) => engine.propose(request),
    importBlock: (header, body) => engine.importBlock(header, body),
    finalize: (justification) => engine.finalize(justification),
    putVoterRecord: (record) => engine.putVoterRecord(record),
    stateImport: () => engine.stateImport.progress(),
    beginStateImport: (proofs, keepsHistory) => engine.stateImport.begin(proofs, keepsHistory),
    addStateRange: (items) => engine.stateImport.add(items),
    dropStateImport: () => engine.stateImport.drop(),
    addHistory: (blocks) => engine.addHistory(blocks),
    validate: (source, transactions) => engine.validate(source, transactions),
    close: () => undefined,
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(method, ...args) {
      const result = last.then(() => handlers[method](...args));
      last = Promise.allSettled([result]);
      return result;
    },
  };
}
