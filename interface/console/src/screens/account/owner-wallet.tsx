// The wallet that holds the key of the owner: found when the reader asks for it, and nothing of it is kept.
import { injectedAccount } from '@cess/client/signers';
import { equalBytes } from '@cess/primitives';
import type { Signer } from '@cess/sdk/chain';
import { accountOf } from '../../api/chain.js';
import { type WalletAccount, walletAccounts } from '../../api/wallet.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { useAction } from '../../components/use-action.js';

/** A wallet that was asked: either it signs for the owner, or there is a reason why not. */
export type OwnerWallet =
  | { readonly signer: Signer; readonly label: string }
  | { readonly problem: 'missing' | 'ethereum' | 'other' | 'textsOnly' };

interface ConnectWalletProps {
  /** SS58. */
  readonly owner: string;
  readonly wallet: OwnerWallet | undefined;
  readonly onConnected: (wallet: OwnerWallet) => void;
}

export function ConnectWallet({ owner, wallet, onConnected }: ConnectWalletProps) {
  const { t } = useTexts();
  const action = useAction();
  const connect = () => action.run(async () => onConnected(ownerWallet(await walletAccounts(), owner)));
  const isConnected = wallet !== undefined && 'signer' in wallet;
  return (
    <div className="stack tight">
      {isConnected ? (
        <p className="notice good break" role="status">
          {t('territory.wallet.connected', { label: wallet.label })}
        </p>
      ) : (
        <>
          <p className="soft">{t('territory.wallet.text')}</p>
          <div className="row">
            <Button icon="wallet" disabled={action.state.isBusy} onClick={connect}>
              {t('territory.wallet.connect')}
            </Button>
          </div>
        </>
      )}
      {wallet !== undefined && 'problem' in wallet ? (
        <p className="notice" role="alert">
          {t(`territory.wallet.${wallet.problem}`)}
        </p>
      ) : null}
      <Failed reason={action.state.failure} />
    </div>
  );
}

function ownerWallet(accounts: readonly WalletAccount[], owner: string): OwnerWallet {
  const wanted = accountOf(owner);
  const own = accounts.find(({ address }) => {
    const account = address === undefined ? undefined : accountOf(address);
    return account !== undefined && wanted !== undefined && equalBytes(account, wanted);
  });
  if (own?.address === undefined || own.signer === undefined) {
    if (accounts.length === 0) return { problem: 'missing' };
    return { problem: accounts.some(({ address }) => address === undefined) ? 'ethereum' : 'other' };
  }
  if (own.signer.signPayload === undefined) return { problem: 'textsOnly' };
  return { signer: injectedAccount(own.signer, own.address), label: own.label };
}
