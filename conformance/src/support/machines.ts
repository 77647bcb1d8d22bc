// Machines of a test: Linux network namespaces on one switch, which is a namespace with a bridge. Each has an address of its own, no other
// way to the others, and a cable that can be pulled. Needs root and `ip` of iproute2.
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/** Why machines cannot be made here; undefined: they can. */
export function machinesUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `cess-probe-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return `ip cannot make a network namespace: ${String(error).split('\n')[0]}`;
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export class Machines {
  readonly #id = `${process.pid % 10_000}`;
  /** A network that is hardly used on the machine of the test. */
  readonly #net = `10.${randomInt(180, 250)}.${randomInt(1, 250)}`;

  /** The machine of the test itself is on the switch, too. */
  constructor(private readonly count: number) {
    const sw = this.#switch;
    ip('netns', 'add', sw);
    ip('-n', sw, 'link', 'add', 'bridge', 'type', 'bridge');
    ip('-n', sw, 'link', 'set', 'bridge', 'up');
    for (let machine = 0; machine < count; machine++) {
      const name = this.#name(machine);
      ip('netns', 'add', name);
      ip('link', 'add', 'eth0', 'netns', name, 'type', 'veth', 'peer', 'name', `port${machine}`, 'netns', sw);
      this.#plug(`port${machine}`);
      ip('-n', name, 'address', 'add', `${this.address(machine)}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', name, 'link', 'set', device, 'up');
    }
    ip('link', 'add', this.#own, 'type', 'veth', 'peer', 'name', 'own', 'netns', sw);
    this.#plug('own');
    ip('address', 'add', `${this.#net}.250/24`, 'dev', this.#own);
    ip('link', 'set', this.#own, 'up');
  }

  address(machine: number): string {
    return `${this.#net}.${machine + 1}`;
  }

  /** What runs a command on a machine. */
  within(machine: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name(machine)];
  }

  /** Packets from and to the machine are lost, without a word to anyone. */
  unplug(machine: number): void {
    ip('-n', this.#switch, 'link', 'set', `port${machine}`, 'nomaster');
  }

  plugIn(machine: number): void {
    this.#plug(`port${machine}`);
  }

  /** Puts these machines on a second switch, which has no cable to the first one. */
  split(machines: readonly number[]): void {
    ip('-n', this.#switch, 'link', 'add', 'other', 'type', 'bridge');
    ip('-n', this.#switch, 'link', 'set', 'other', 'up');
    for (const machine of machines) ip('-n', this.#switch, 'link', 'set', `port${machine}`, 'master', 'other');
  }

  /** Puts the machines of the second switch back on the first one. */
  join(machines: readonly number[]): void {
    for (const machine of machines) this.#plug(`port${machine}`);
    ip('-n', this.#switch, 'link', 'delete', 'other');
  }

  /** The processes of the machines have ended before. */
  remove(): void {
    for (let machine = 0; machine < this.count; machine++) ip('netns', 'delete', this.#name(machine));
    ip('link', 'delete', this.#own);
    ip('netns', 'delete', this.#switch);
  }

  get #switch(): string {
    return `cess-${this.#id}-switch`;
  }

  get #own(): string {
    return `cess-${this.#id}`;
  }

  #name(machine: number): string {
    return `cess-${this.#id}-${machine}`;
  }

  #plug(port: string): void {
    ip('-n', this.#switch, 'link', 'set', port, 'master', 'bridge');
    ip('-n', this.#switch, 'link', 'set', port, 'up');
  }
}
