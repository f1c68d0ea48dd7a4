// SPDX-License-Identifier: Apache-2.0
import { createTheme, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter, Route, Routes } from 'react-router';
import { ApiError } from './api/request';
import { LiveProvider } from './components/live/LiveProvider';
import { Shell } from './components/shell/Shell';
import { MessagePage } from './pages/MessagePage';
import { MessagesPage } from './pages/MessagesPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { OnTimePage } from './pages/OnTimePage';

const theme = createTheme({
  fontFamily: 'var(--sans)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 4,
  respectReducedMotion: true,
});

const colorSchemes = localStorageColorSchemeManager({ key: 'hopstamp.theme' });

/** The pulse says when to read again; focus and reconnects need not. An answer of the server is final, silence is not. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status > 0 && error.status < 500),
      retryDelay: 800,
    },
  },
});

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={colorSchemes}>
      <QueryClientProvider client={queries}>
        <LiveProvider>
          <BrowserRouter>
            <Routes>
              <Route element={<Shell />}>
                <Route index element={<OnTimePage />} />
                <Route path="messages" element={<MessagesPage />} />
                <Route path="messages/:key" element={<MessagePage />} />
                <Route path="*" element={<NotFoundPage />} />
              </Route>
            </Routes>
          </BrowserRouter>
        </LiveProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
