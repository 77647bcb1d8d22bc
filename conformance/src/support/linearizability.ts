// Is a history of concurrent operations linearizable? Just-in-time linearization (Lowe, "Testing for linearizability", 2017):
// the events are read in their order, and the set of configurations is kept in which the object can be. An operation takes effect
// at one moment between its invocation and its return, so each must have taken effect when it returns.

export interface Recorded<Operation> {
  readonly operation: Operation;
  /** Positions in the order of all events of the history. */
  readonly invoked: number;
  readonly returned: number;
}

export interface Model<State, Operation> {
  readonly initial: State;
  /** The states in which the operation can leave the object with the outcome that was recorded; none: it cannot have it. */
  readonly next: (state: State, operation: Operation) => readonly State[];
  /** Equal for equal states. */
  readonly keyOf: (state: State) => string;
}

interface Configuration<State> {
  readonly state: State;
  /** Operations that have taken effect and not returned. */
  readonly done: readonly number[];
}

/** The first operation that cannot have had its outcome; undefined for a linearizable history. */
export function firstViolation<State, Operation>(
  history: readonly Recorded<Operation>[],
  model: Model<State, Operation>,
): Recorded<Operation> | undefined {
  const events = history.flatMap((one, index) => [
    { at: one.invoked, index, isReturn: false },
    { at: one.returned, index, isReturn: true },
  ]);
  // An operation that returns at the moment of another's invocation can overlap it.
  events.sort((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn));
  const pending = new Map<number, Operation>();
  let configurations: readonly Configuration<State>[] = [{ state: model.initial, done: [] }];
  for (const { index, isReturn } of events) {
    const recorded = history[index];
    if (recorded === undefined) continue;
    if (!isReturn) {
      pending.set(index, recorded.operation);
      continue;
    }
    configurations = afterReturn(configurations, { index, pending, model });
    if (configurations.length === 0) return recorded;
    pending.delete(index);
  }
  return undefined;
}

interface Step<State, Operation> {
  readonly index: number;
  readonly pending: ReadonlyMap<number, Operation>;
  readonly model: Model<State, Operation>;
}

/** All configurations in which the operation `index` has taken effect, after any pending operations in any order. */
function afterReturn<State, Operation>(
  configurations: readonly Configuration<State>[],
  { index, pending, model }: Step<State, Operation>,
): readonly Configuration<State>[] {
  const seen = new Set<string>();
  const found = new Map<string, Configuration<State>>();
  const open = [...configurations];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const key = keyOf(one, model);
    if (seen.has(key)) continue;
    seen.add(key);
    if (one.done.includes(index)) {
      const rest = { state: one.state, done: one.done.filter((other) => other !== index) };
      found.set(keyOf(rest, model), rest);
      continue;
    }
    for (const [other, operation] of pending) {
      if (one.done.includes(other)) continue;
      for (const state of model.next(one.state, operation)) open.push({ state, done: [...one.done, other] });
    }
  }
  return [...found.values()];
}

function keyOf<State, Operation>({ state, done }: Configuration<State>, model: Model<State, Operation>): string {
  return `${[...done].sort((a, b) => a - b).join(',')}|${model.keyOf(state)}`;
}
