// SPDX-License-Identifier: Apache-2.0
import { useHotkeys } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { Link, NavLink, Outlet, useNavigate } from 'react-router';
import { LiveBadge } from '../live/LiveBadge';
import { useLive } from '../live/LiveProvider';
import { Hatches } from '../state/Hatches';
import { KeysHelp } from './KeysHelp';
import { Logo } from './Logo';
import { SearchBox } from './SearchBox';
import styles from './Shell.module.css';
import { ThemeToggle } from './ThemeToggle';
import { useGoKeys } from './useGoKeys';

/** What stands around every page: the way between the questions, the search, the state of the line. */
export function Shell() {
  const [helping, setHelping] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  const { paused, setPaused } = useLive();
  useGoKeys({ h: () => void navigate('/'), m: () => void navigate('/messages') });
  useHotkeys([
    ['/', () => search.current?.focus()],
    ['shift+?', () => setHelping(true)],
    ['?', () => setHelping(true)],
    ['p', () => setPaused(!paused)],
  ]);
  return (
    <>
      <a href="#main" className={styles.skip}>
        Skip to the answer
      </a>
      <Hatches />
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link to="/" className={styles.brand} aria-label="Hopstamp, home">
            <Logo />
            <span className={styles.name}>Hopstamp</span>
          </Link>
          <nav className={styles.nav} aria-label="Pages">
            <NavLink to="/" end>
              On time
            </NavLink>
            <NavLink to="/messages">Messages</NavLink>
          </nav>
          <SearchBox field={search} />
          <div className={styles.tools}>
            <LiveBadge />
            <ThemeToggle />
            <button type="button" className={`action ${styles.keys}`} aria-label="Keys" title="Keys (?)" onClick={() => setHelping(true)}>
              ?
            </button>
          </div>
        </div>
      </header>
      <main id="main" className={styles.main}>
        <Outlet />
      </main>
      <KeysHelp opened={helping} onClose={() => setHelping(false)} />
    </>
  );
}
