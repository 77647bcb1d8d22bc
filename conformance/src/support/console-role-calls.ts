// Cases of the console about the calls of roles: carried out with a wallet, cancelled in it, refused by the chain. What they did is read
// by the command line.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ChainClient, query, tx } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { systemRng } from '@cess/crypto';
import { CESS, GiB } from '@cess/primitives';
import type { Page } from 'playwright-core';
import { ownerAccount, roleAccountSeed, submitAs } from './cheats.js';
import { ConsoleKeys } from './console-keys.js';
import { ConsoleBrowser } from './console-page.js';
import { addressOfSeed, injectWallet } from './console-wallet.js';
import type { TestNetwork } from './network.js';

export interface RoleCallWorld {
  readonly network: TestNetwork;
  readonly chain: ChainClient;
  /** Index of a provider by its name. */
  readonly minerOf: (name: string) => number;
}

interface ListedProvider {
  readonly index: number;
  readonly state: string;
  readonly staked: string;
  readonly declaredBytes: number;
}

/** A page with a wallet that has one account, used by keyboard. */
class WalletPage {
  private constructor(
    readonly browser: ConsoleBrowser,
    readonly keys: ConsoleKeys,
  ) {}

  static async open({ network }: RoleCallWorld, seed: Uint8Array, route: string): Promise<WalletPage> {
    const browser = await ConsoleBrowser.open(network.console);
    browser.page.setDefaultTimeout(60_000);
    await injectWallet(browser.page, [systemRng.bytes(32), seed]);
    await browser.signIn(network.credentials);
    await browser.page.getByRole('heading', { name: 'Files' }).waitFor();
    await browser.open(route);
    const opened = new WalletPage(browser, new ConsoleKeys(browser.page));
    await opened.keys.press(opened.button('Connect a wallet'));
    await opened.page.getByText(`Connected: test: ${addressOfSeed(seed)}`).waitFor();
    return opened;
  }

  get page(): Page {
    return this.browser.page;
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Opens a call, fills its fields, and waits for what the preview says of it. */
  async prepare(call: string, fields: readonly (readonly [string, string])[], effect: RegExp): Promise<void> {
    await this.keys.press(this.button(call));
    const dialog = this.page.getByRole('dialog', { name: call, exact: true });
    for (const [label, value] of fields) await this.keys.type(dialog.getByLabel(label), value);
    await dialog.getByText(effect).waitFor();
    await dialog.getByText(/^0(\.\d+)? CESS$/).waitFor();
  }

  /** Signs the call that is open, and waits until it is final. */
  async sign(): Promise<void> {
    await this.keys.press(this.button('Sign with the wallet'));
    await this.page.getByText('The chain has finalized the call').first().waitFor();
    await this.page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  /** Signs the call that is open; returns why that failed, and closes it. */
  async failure(): Promise<string> {
    await this.keys.press(this.button('Sign with the wallet'));
    const text = await this.page.getByRole('dialog').getByRole('alert').innerText();
    assert.deepEqual(await this.browser.seriousFindings(), [], 'a failed call');
    await this.page.keyboard.press('Escape');
    await this.page.getByRole('dialog').waitFor({ state: 'detached' });
    return text;
  }
}

export function roleCallCases(world: () => RoleCallWorld, skip: string | false): void {
  async function fund(account: Uint8Array, value: bigint): Promise<void> {
    const { network, chain } = world();
    const dest = { type: 'Id' as const, value: account };
    await submitAs(chain, await ownerAccount(network.home), tx.Balances.transfer_keep_alive({ dest, value }));
  }

  it('a provider adds stake and declares more space by keyboard; a call that its wallet rejects changes nothing', {
    skip,
  }, async () => {
    const { network, minerOf } = world();
    const index = minerOf('provider-03');
    const listed = async () => {
      const providers = (await network.cess('provider', 'list')) as readonly ListedProvider[];
      return providers.find((each) => each.index === index)!;
    };
    const seed = await roleAccountSeed(network.home, 'provider-03');
    await fund(sr25519Account(seed).account, 20n * CESS);
    const before = await listed();
    const own = await WalletPage.open(world(), seed, `/provider/${index}`);
    await own.prepare(
      'Add stake',
      [['Amount in CESS', '2.5']],
      /^2\.5 CESS becomes stake, which is [\d,.]+ CESS then\.$/,
    );
    assert.deepEqual(await own.browser.seriousFindings(), [], 'a call with its preview');
    await own.browser.photograph('provider-call');
    await own.sign();
    assert.equal(BigInt((await listed()).staked) - BigInt(before.staked), (25n * CESS) / 10n);

    await own.prepare('Declare more space', [['Space in GiB', '1']], /^The provider declares .* then, with a stake of/);
    await own.sign();
    assert.equal((await listed()).declaredBytes, before.declaredBytes + GiB);

    await own.page.evaluate(() => Object.assign(globalThis, { walletRefuses: true }));
    await own.prepare('Begin to leave', [], /This cannot be undone\.$/);
    assert.match(await own.failure(), /^The wallet did not sign, so nothing was sent \(WalletRefused\): Cancelled/);
    assert.equal((await listed()).state, 'Positive');
    await own.page.getByLabel('Language').selectOption('de');
    await own.keys.press(own.button('Einlage erhöhen'));
    await own.page.getByText('Füllen Sie die Felder aus, um zu sehen, was der Aufruf bewirkt.').waitFor();
    own.browser.assertQuiet();
    await own.browser.close();
  });

  it('an account becomes a candidate, adds stake and announces its exit; the chain refuses its stake while it cools off', {
    skip,
  }, async () => {
    const { network, chain } = world();
    const seed = systemRng.bytes(32);
    const address = addressOfSeed(seed);
    const { minimum_stake: minimum } = await chain.value(query.Staking.Rules);
    await fund(sr25519Account(seed).account, minimum + 20n * CESS);
    const file = `${network.home}/candidate.json`;
    await network.cess('key', 'new', 'authority', file, '--plaintext-development');
    const claim = (await network.cess('validator', 'claim', '--key', file, '--address', address)) as {
      readonly key: string;
      readonly possession: string;
    };
    const status = async () =>
      (await network.cess('validator', 'status', address)) as Readonly<Record<'state' | 'key' | 'stake', string>>;
    const own = await WalletPage.open(world(), seed, `/validator/${address}`);
    const fields = [
      ['Amount in CESS', String(minimum / CESS)],
      ['Key of the authority', claim.key],
      ['Signature of that key', claim.possession],
    ] as const;
    await own.prepare('Become a candidate', fields, /^The account becomes a candidate with a stake of/);
    await own.sign();
    const { state, key, stake } = await status();
    assert.deepEqual({ state, key, stake }, { state: 'Active', key: claim.key, stake: String(minimum) });
    await own.prepare('Announce the exit', [], /This cannot be undone\.$/);
    await own.sign();
    assert.equal((await status()).state, 'Exiting');
    await own.prepare(
      'Take the stake back',
      [],
      /^The stake cools off until era \d+: the chain refuses this before\.$/,
    );
    assert.match(
      await own.failure(),
      /^The call has no effect, and its fee is paid \(CHAIN_DISPATCH_FAILED\): .*Staking\.CoolingOff/,
    );
    assert.equal((await status()).stake, String(minimum));
    own.browser.assertQuiet();
    await own.browser.close();
  });

  it('the controller of a TEE worker adds stake', { skip }, async () => {
    const { network } = world();
    const staked = async () => {
      const [worker] = (await network.cess('tee', 'list')) as readonly { readonly staked: string }[];
      return BigInt(worker!.staked);
    };
    const seed = await roleAccountSeed(network.home, 'tee-01');
    await fund(sr25519Account(seed).account, 20n * CESS);
    const before = await staked();
    const own = await WalletPage.open(world(), seed, '/tee/0');
    await own.button('Leave').waitFor();
    await own.prepare('Add stake', [['Amount in CESS', '3']], /^3 CESS becomes stake, which is [\d,.]+ CESS then\.$/);
    await own.sign();
    assert.equal((await staked()) - before, 3n * CESS);
    own.browser.assertQuiet();
    await own.browser.close();
  });
}
