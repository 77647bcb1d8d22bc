// The frame of all screens: navigation, who is signed in, preferences, and the screen of the route.
import { useEffect, useRef } from 'react';
import { Button } from './components/button.js';
import { type Theme, themes, usePreferences, useSession, useTexts } from './components/context.js';
import { Icon } from './components/icon.js';
import { type Language, languages } from './i18n/texts.js';
import { hrefOf, useRoute } from './router.js';
import { TransferList } from './screens/files/transfer-list.js';
import { screens } from './screens/registry.js';

export function Shell({ onSignOut }: { readonly onSignOut: () => void }) {
  const { t } = useTexts();
  const { parts, query } = useRoute();
  const { gateway } = useSession();
  const main = useRef<HTMLElement>(null);
  const offered = screens.filter(({ needsChain = false }) => gateway.hasChain || !needsChain);
  const screen = offered.find(({ path }) => path === parts[0]) ?? screens[0];
  const rest = parts.slice(1);
  const Content = screen.component;
  useEffect(() => {
    document.title = `${t(screen.title)} · ${t('app.name')}`;
  }, [screen, t]);
  // A new screen is announced by its heading, which takes the focus. Who moves between tabs by the arrow keys stays there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each screen and folder is a new place
  useEffect(() => {
    if (document.activeElement?.role === 'tab') return;
    main.current?.querySelector('h1')?.focus({ preventScroll: true });
  }, [screen.path, rest.join('/')]);
  return (
    <div className="shell">
      <button type="button" className="skip button" onClick={() => main.current?.querySelector('h1')?.focus()}>
        {t('app.skip')}
      </button>
      <header className="sidebar">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          <span>CESS</span>
        </div>
        <nav aria-label={t('app.navigation')}>
          {offered
            .filter(({ isHidden = false }) => !isHidden)
            .map(({ path, title, icon }) => (
              <a key={path} href={hrefOf([path])} aria-current={path === screen.path ? 'page' : undefined}>
                <Icon name={icon} />
                <span>{t(title)}</span>
              </a>
            ))}
        </nav>
        <Who onSignOut={onSignOut} />
      </header>
      <main className="main" id="main" ref={main}>
        <Content parts={rest} query={query} />
      </main>
      <TransferList />
    </div>
  );
}

function Who({ onSignOut }: { readonly onSignOut: () => void }) {
  const { t } = useTexts();
  const { userName, account, name } = useSession();
  const { theme, language, setTheme, setLanguage } = usePreferences();
  return (
    <div className="who">
      <div className="name">
        <strong className="break">{userName ?? (name === 'root' ? t('app.root') : name)}</strong>
        <div className="faint">{t('app.account', { account })}</div>
      </div>
      <select
        className="input select"
        aria-label={t('app.theme')}
        value={theme}
        onChange={(event) => setTheme(event.target.value as Theme)}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {`${t('app.theme')}: ${t(`app.theme.${one}`)}`}
          </option>
        ))}
      </select>
      <select
        className="input select"
        aria-label={t('app.language')}
        value={language}
        onChange={(event) => setLanguage(event.target.value as Language)}
      >
        {Object.entries(languages).map(([id, label]) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <Button icon="out" kind="quiet" onClick={onSignOut}>
        {t('signout')}
      </Button>
    </div>
  );
}
