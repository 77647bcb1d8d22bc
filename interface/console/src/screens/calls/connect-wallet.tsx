// The wallet that holds the key of an account: found when the reader asks for it, and nothing of it is kept.
import { injectedAccount } from '@cess/client/signers';
import { equalBytes, messageOf } from '@cess/primitives';
import type { CallSigner, Signer } from '@cess/sdk/chain';
import { accountOf } from '../../api/chain.js';
import { ApiError } from '../../api/http.js';
import { type WalletAccount, walletAccounts } from '../../api/wallet.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { useAction } from '../../components/use-action.js';

/** A wallet that was asked: either it signs for the account, or there is a reason why not. */
export type ConnectedWallet =
  | { readonly signer: Signer; readonly label: string }
  | { readonly problem: 'missing' | 'ethereum' | 'other' | 'textsOnly' };

export function signerOf(wallet: ConnectedWallet | undefined): Signer | undefined {
  return wallet !== undefined && 'signer' in wallet ? wallet.signer : undefined;
}

interface ConnectWalletProps {
  /** SS58. */
  readonly address: string;
  readonly wallet: ConnectedWallet | undefined;
  /** What the wallet is for. */
  readonly text: string;
  /** Said of a wallet without the account. */
  readonly other: string;
  readonly onConnected: (wallet: ConnectedWallet) => void;
}

export function ConnectWallet({ address, wallet, text, other, onConnected }: ConnectWalletProps) {
  const { t } = useTexts();
  const action = useAction();
  const connect = () => action.run(async () => onConnected(walletOf(await walletAccounts(), address)));
  const isConnected = wallet !== undefined && 'signer' in wallet;
  return (
    <div className="stack tight">
      {isConnected ? (
        <p className="notice good break" role="status">
          {t('wallet.connected', { label: wallet.label })}
        </p>
      ) : (
        <>
          <p className="soft break">{text}</p>
          <div className="row">
            <Button icon="wallet" disabled={action.state.isBusy} onClick={connect}>
              {t('wallet.connect')}
            </Button>
          </div>
        </>
      )}
      {wallet !== undefined && 'problem' in wallet ? (
        <p className="notice break" role="alert">
          {wallet.problem === 'other' ? other : t(`wallet.${wallet.problem}`)}
        </p>
      ) : null}
      <Failed reason={action.state.failure} />
    </div>
  );
}

function walletOf(accounts: readonly WalletAccount[], wantedAddress: string): ConnectedWallet {
  const wanted = accountOf(wantedAddress);
  const own = accounts.find(({ address }) => {
    const account = address === undefined ? undefined : accountOf(address);
    return account !== undefined && wanted !== undefined && equalBytes(account, wanted);
  });
  if (own?.address === undefined || own.signer === undefined) {
    if (accounts.length === 0) return { problem: 'missing' };
    return { problem: accounts.some(({ address }) => address === undefined) ? 'ethereum' : 'other' };
  }
  if (own.signer.signPayload === undefined) return { problem: 'textsOnly' };
  return { signer: withCode(injectedAccount(own.signer, own.address)), label: own.label };
}

/** Wallets reject with errors of their own, mostly because their user said no. */
function withCode(signer: CallSigner): CallSigner {
  return {
    account: signer.account,
    signCall: async (call, context) => {
      try {
        return await signer.signCall(call, context);
      } catch (error) {
        throw new ApiError(0, 'WalletRefused', messageOf(error));
      }
    },
  };
}
