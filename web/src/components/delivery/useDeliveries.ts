// SPDX-License-Identifier: Apache-2.0
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useRef, useState } from 'react';
import { type DeliveryPage, deliveriesQuery, readNewest } from '../../api/deliveries';
import { type Filter, filterToSearch } from '../../model/filter';
import { findNews, mergeNewer, type News, NO_NEWS } from '../../model/newer';
import { useOnPulse } from '../live/LiveProvider';

const NEWS_MS = 2_000;

/** The list with its pages, and what came since; rows already there keep their place and learn their verdicts. */
export function useDeliveries(filter: Filter) {
  const client = useQueryClient();
  const options = deliveriesQuery(filter);
  const pages = useInfiniteQuery(options);
  const shown = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const view = filterToSearch(filter);
  const [held, setHeld] = useState<{ view: string; news: News }>({ view, news: NO_NEWS });
  const news = held.view === view ? held.news : NO_NEWS;
  const looking = useRef(false);

  const change = (update: (page: DeliveryPage, index: number) => DeliveryPage) =>
    client.setQueryData<InfiniteData<DeliveryPage, string>>(options.queryKey, (data) => data && { ...data, pages: data.pages.map(update) });

  useOnPulse(NEWS_MS, () => {
    if (looking.current || !pages.data) return;
    looking.current = true;
    readNewest(filter, new AbortController().signal)
      .then((newest) => {
        const found = findNews(shown, newest.items);
        if (found.changed.size > 0) change((page) => ({ ...page, items: page.items.map((item) => found.changed.get(item.id) ?? item) }));
        setHeld({ view, news: found });
      })
      .catch(() => undefined)
      .finally(() => {
        looking.current = false;
      });
  });

  const showNewer = () => {
    setHeld({ view, news: NO_NEWS });
    window.scrollTo({ top: 0 });
    if (news.more) void client.resetQueries({ queryKey: options.queryKey });
    else change((page, index) => (index === 0 ? { ...page, items: mergeNewer(page.items, news.newer) } : page));
  };

  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const readOn = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  return { pages, shown, news, showNewer, readOn };
}
