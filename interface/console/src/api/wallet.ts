// Wallet extensions of the browser, for sign-in and transactions: Substrate wallets (`injectedWeb3`) and Ethereum wallets (EIP-1193).
import type { InjectedSigner } from '@cess/client/signers';
import { ApiError, sendJson } from './http.js';

interface SubstrateExtension {
  enable(origin: string): Promise<{
    readonly accounts: {
      get(): Promise<readonly { readonly address: string; readonly name?: string; readonly type?: string }[]>;
    };
    readonly signer: InjectedSigner & {
      signRaw(payload: { address: string; data: string; type: 'bytes' }): Promise<{ readonly signature: string }>;
    };
  }>;
}

interface EthereumProvider {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>;
}

export interface WalletAccount {
  readonly label: string;
  /** SS58; undefined for Ethereum. */
  readonly address: string | undefined;
  /** What signs transactions; undefined for Ethereum, which cannot. */
  readonly signer: InjectedSigner | undefined;
  /** Fields of the sign-in, without the challenge. */
  sign(text: string): Promise<Readonly<Record<string, string>>>;
}

/** Accounts of all wallets that answer; the wallets ask their user for it. */
export async function walletAccounts(): Promise<readonly WalletAccount[]> {
  const { injectedWeb3 = {}, ethereum } = globalThis as {
    readonly injectedWeb3?: Readonly<Record<string, SubstrateExtension>>;
    readonly ethereum?: EthereumProvider;
  };
  const found: WalletAccount[] = [];
  for (const [name, extension] of Object.entries(injectedWeb3))
    found.push(...(await substrateAccounts(name, extension)));
  if (ethereum !== undefined) {
    const addresses = (await ethereum.request({ method: 'eth_requestAccounts' })) as readonly string[];
    found.push(...addresses.map((address) => ethereumAccount(ethereum, address)));
  }
  return found;
}

export async function signInFields(account: WalletAccount): Promise<Readonly<Record<string, string>>> {
  const { Challenge: text, ChallengeToken: challengeToken } = await sendJson<{
    readonly Challenge: string;
    readonly ChallengeToken: string;
  }>('/api/session/challenge');
  try {
    return { challengeToken, ...(await account.sign(text)) };
  } catch {
    throw new ApiError(0, 'WalletRefused', 'The wallet did not sign.');
  }
}

async function substrateAccounts(name: string, extension: SubstrateExtension): Promise<readonly WalletAccount[]> {
  const { accounts, signer } = await extension.enable('CESS Console');
  return (await accounts.get())
    .filter(({ type = 'sr25519' }) => type === 'sr25519' || type === 'ed25519')
    .map(({ address, name: label, type = 'sr25519' }) => ({
      label: `${label ?? name}: ${address}`,
      address,
      signer,
      sign: async (text) => {
        const bytes = new TextEncoder().encode(text);
        const data = `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
        const { signature } = await signer.signRaw({ address, data, type: 'bytes' });
        return { keyType: type, signature: signature.replace(/^0x/, ''), address };
      },
    }));
}

function ethereumAccount(provider: EthereumProvider, address: string): WalletAccount {
  return {
    label: address,
    address: undefined,
    signer: undefined,
    sign: async (text) => {
      const signature = (await provider.request({ method: 'personal_sign', params: [text, address] })) as string;
      return { keyType: 'ethereum', signature: signature.replace(/^0x/, '') };
    },
  };
}
