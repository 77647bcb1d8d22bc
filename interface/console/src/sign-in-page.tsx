// Sign-in by access key, with a code where the user has an MFA device, or by wallet.
import { type SubmitEvent, useState } from 'react';
import { ApiError } from './api/http.js';
import { type GatewayFacts, type Session, signIn } from './api/session.js';
import { signInFields, type WalletAccount, walletAccounts } from './api/wallet.js';
import { Button } from './components/button.js';
import { useTexts } from './components/context.js';
import { Field } from './components/field.js';
import { reasonOf } from './components/states.js';
import type { Texts } from './i18n/texts.js';

interface SignInProps {
  readonly gateway: GatewayFacts;
  readonly hasExpired: boolean;
  readonly onSignedIn: (session: Session) => void;
}

export function SignInPage({ gateway, hasExpired, onSignedIn }: SignInProps) {
  const texts = useTexts();
  const { t } = texts;
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secretAccessKey, setSecret] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [wallets, setWallets] = useState<readonly WalletAccount[]>();
  const attempt = async (work: () => Promise<void>) => {
    setIsBusy(true);
    setFailure(undefined);
    try {
      await work();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'CodeRequired') setNeedsCode(true);
      else setFailure(failureOf(error, texts));
    } finally {
      setIsBusy(false);
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
    void attempt(async () => onSignedIn(await signIn(needsCode ? { ...fields, code } : fields)));
  };
  const findWallets = () =>
    void attempt(async () => {
      const found = await walletAccounts();
      if (found.length === 0) setFailure(t('signin.wallet.missing'));
      setWallets(found);
    });
  const signInWith = (account: WalletAccount) =>
    void attempt(async () => onSignedIn(await signIn(await signInFields(account))));
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <span>CESS</span>
        </div>
        <h1>{t('signin.title')}</h1>
        {hasExpired && failure === undefined ? <p className="notice">{t('error.expired')}</p> : null}
        <Field
          label={t('signin.key')}
          value={accessKeyId}
          onChange={setAccessKeyId}
          isRequired
          isMono
          autoComplete="username"
          hasFocus
        />
        <Field
          label={t('signin.secret')}
          value={secretAccessKey}
          onChange={setSecret}
          isRequired
          type="password"
          autoComplete="current-password"
        />
        {needsCode ? (
          <Field
            label={t('signin.code')}
            hint={t('signin.code.hint')}
            value={code}
            onChange={setCode}
            isRequired
            inputMode="numeric"
            pattern="[0-9]{6}"
            autoComplete="one-time-code"
            hasFocus
          />
        ) : null}
        {failure === undefined ? null : (
          <p className="notice bad" role="alert">
            {failure}
          </p>
        )}
        <Button type="submit" kind="primary" disabled={isBusy}>
          {t('signin.submit')}
        </Button>
        <Button icon="wallet" kind="quiet" disabled={isBusy} onClick={findWallets}>
          {t('signin.wallet')}
        </Button>
        {wallets === undefined || wallets.length === 0 ? null : (
          <fieldset className="stack tight">
            <legend className="label">{t('signin.wallet.choose')}</legend>
            {wallets.map((account) => (
              <Button key={account.label} onClick={() => signInWith(account)}>
                <span className="break">{account.label}</span>
              </Button>
            ))}
          </fieldset>
        )}
        <p className="faint mono">{t('signin.network', { genesis: gateway.genesis.slice(0, 16) })}</p>
      </form>
    </main>
  );
}

function failureOf(error: unknown, texts: Texts): string {
  if (!(error instanceof ApiError)) return reasonOf(error, texts);
  const { code, retryAfterSeconds = 1 } = error;
  if (code === 'SignInRefused') return texts.t('signin.refused');
  if (code === 'WalletRefused') return texts.t('signin.walletRefused');
  if (code === 'TooManyAttempts') return texts.t('signin.wait', { seconds: retryAfterSeconds });
  return reasonOf(error, texts);
}
