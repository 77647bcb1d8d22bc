// The providers as a recovery uses them: whole fragments, and the orders that they hold undeclared for the gateway.
import type { ProviderInfo } from '@cess/data-path';
import type { FragmentSource } from '@cess/index-export';
import type { ProviderClient, UndeclaredFragment } from '@cess/node-api';
import { CessError, isCessError, type Logger, messageOf } from '@cess/primitives';

const listTimeoutMs = 10_000;

export class ProviderSource implements FragmentSource {
  readonly #providers: ReadonlyMap<number, ProviderInfo>;

  constructor(
    private readonly client: Pick<ProviderClient, 'readFragment' | 'listUndeclared'>,
    providers: readonly ProviderInfo[],
    private readonly logger: Logger,
  ) {
    this.#providers = new Map(providers.map((provider) => [provider.index, provider]));
  }

  async read(holder: number, root: Uint8Array, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const provider = this.#providers.get(holder);
    if (provider === undefined) throw new CessError('PROVIDER_UNREACHABLE', `Provider ${holder} is not on the chain.`);
    const bytes = new Uint8Array(length);
    await this.client.readFragment(provider, root, 0, bytes, signal);
    return bytes;
  }

  /** Undeclared fragments of this gateway. `onSilent` is called with each provider that does not answer. */
  async *undeclared(onSilent: (provider: number) => void): AsyncGenerator<readonly UndeclaredFragment[]> {
    for (const provider of this.#providers.values()) {
      try {
        yield await this.#undeclaredAt(provider);
      } catch (error) {
        if (!isCessError(error)) throw error;
        this.logger.warn(
          { provider: provider.index, cause: messageOf(error) },
          'a provider did not list the fragments that it holds for this gateway',
        );
        onSilent(provider.index);
      }
    }
  }

  async #undeclaredAt(provider: ProviderInfo): Promise<UndeclaredFragment[]> {
    const found: UndeclaredFragment[] = [];
    for (let after: Uint8Array | undefined; ; ) {
      const timeout = AbortSignal.timeout(listTimeoutMs);
      const { fragments, isComplete } = await this.client.listUndeclared(provider, after, timeout);
      found.push(...fragments);
      after = fragments.at(-1)?.orderId;
      if (isComplete || after === undefined) return found;
    }
  }
}
