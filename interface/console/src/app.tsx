// The application: preferences, who is signed in, and the sign-in or the screens.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { ApiError, whenSignedOut } from './api/http.js';
import { readSession, type Session, signOut } from './api/session.js';
import { transfers } from './api/transfers.js';
import {
  type Preferences,
  PreferencesContext,
  SessionContext,
  TextsContext,
  type Theme,
  ToastContext,
  themes,
  useTexts,
  useToast,
} from './components/context.js';
import { Failure, Loading, reasonOf } from './components/states.js';
import { useLoad } from './components/use-load.js';
import { createTexts, isLanguage, type Language, preferredLanguage } from './i18n/texts.js';
import { readSetting, writeSetting } from './settings.js';
import { Shell } from './shell.js';
import { SignInPage } from './sign-in-page.js';

const toastMs = 5_000;

export function App() {
  const preferences = usePreferencesState();
  const texts = useMemo(() => createTexts(preferences.language), [preferences.language]);
  const [toasts, setToasts] = useState<readonly { readonly id: number; readonly text: string }[]>([]);
  const toast = useCallback((text: string) => {
    const id = performance.now();
    setToasts((shown) => [...shown.slice(-3), { id, text }]);
    setTimeout(() => setToasts((shown) => shown.filter((one) => one.id !== id)), toastMs);
  }, []);
  return (
    <PreferencesContext value={preferences}>
      <TextsContext value={texts}>
        <ToastContext value={toast}>
          <Signed />
          <div className="toasts" role="status" aria-live="polite">
            {toasts.map(({ id, text }) => (
              <div key={id} className="toast">
                {text}
              </div>
            ))}
          </div>
        </ToastContext>
      </TextsContext>
    </PreferencesContext>
  );
}

function Signed() {
  const texts = useTexts();
  const { t } = texts;
  const toast = useToast();
  const first = useLoad('session', readSession);
  const [changed, setChanged] = useState<Session | undefined>();
  const [hasExpired, setHasExpired] = useState(false);
  const session = changed ?? (first.status === 'ready' ? first.value : undefined);
  useEffect(() => {
    whenSignedOut(() => {
      setChanged((now) => (now?.signedIn === false ? now : { signedIn: false, gateway: gatewayOf(now) }));
      setHasExpired(true);
      first.reload();
    });
  }, [first.reload]);
  const owner = session?.signedIn === true ? `${session.account}/${session.name}` : undefined;
  useEffect(() => {
    if (owner !== undefined) transfers.belongTo(owner);
  }, [owner]);
  if (session === undefined)
    return first.status === 'failed' ? <Failure error={first.error} onRetry={first.reload} /> : <Loading />;
  if (!session.signedIn) {
    const begin = (next: Session) => {
      setHasExpired(false);
      setChanged(next);
    };
    return <SignInPage gateway={session.gateway} hasExpired={hasExpired} onSignedIn={begin} />;
  }
  const end = async () => {
    try {
      await signOut();
      setChanged({ signedIn: false, gateway: session.gateway });
    } catch (error) {
      // A session that has ended meanwhile is signed out already.
      if (error instanceof ApiError && error.code === 'SignedOut') return;
      toast(t('signout.failed', { reason: reasonOf(error, texts) }));
    }
  };
  return (
    <SessionContext value={session}>
      <Shell onSignOut={() => void end()} />
    </SessionContext>
  );
}

const noGateway = { region: '', storageClasses: [], s3Endpoint: '', genesis: '', hasChain: false, authorities: [] };

function gatewayOf(session: Session | undefined): Session['gateway'] {
  return session?.gateway ?? noGateway;
}

function usePreferencesState(): Preferences {
  // Another version may have left other values.
  const [theme, setTheme] = useState<Theme>(() => themes.find((one) => one === readSetting('theme')) ?? 'system');
  const [language, setLanguage] = useState<Language>(() => {
    const remembered = readSetting('language');
    return isLanguage(remembered) ? remembered : preferredLanguage(navigator.languages);
  });
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const apply = () => {
      document.documentElement.dataset['theme'] = theme === 'system' ? (query.matches ? 'dark' : 'light') : theme;
    };
    apply();
    query.addEventListener('change', apply);
    writeSetting('theme', theme);
    return () => query.removeEventListener('change', apply);
  }, [theme]);
  useEffect(() => {
    document.documentElement.lang = language;
    writeSetting('language', language);
  }, [language]);
  return { theme, language, setTheme, setLanguage };
}
