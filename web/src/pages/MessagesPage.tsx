// SPDX-License-Identifier: Apache-2.0
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { ledgerKey } from '../api/ledger';
import { statusKey, statusQuery } from '../api/status';
import { DeliveryList } from '../components/delivery/DeliveryList';
import { NewerButton } from '../components/delivery/NewerButton';
import { StateTabs } from '../components/delivery/StateTabs';
import { useDeliveries } from '../components/delivery/useDeliveries';
import { FilterBar } from '../components/filter/FilterBar';
import { RangePicker } from '../components/filter/RangePicker';
import { useFilter } from '../components/filter/useFilter';
import { useLiveRefetch } from '../components/live/useLiveRefetch';
import { FirstSpan } from '../components/notice/FirstSpan';
import { Problem } from '../components/notice/Problem';
import { Waiting } from '../components/notice/Waiting';
import { EVERYTHING, FACETS, type Filter, rangeWords } from '../model/filter';
import styles from './page.module.css';

const REFETCH_MS = 4_000;

/** What happened to this message? The list to choose it from. */
export function MessagesPage() {
  useDocumentTitle('What happened to this message? Hopstamp');
  const [filter, setFilter] = useFilter('1h');
  useLiveRefetch([ledgerKey('calm'), statusKey], REFETCH_MS);
  const { pages, shown, news, showNewer, readOn } = useDeliveries(filter);
  return (
    <>
      <div className={styles.top}>
        <h1 className={styles.question}>What happened to this message?</h1>
        <RangePicker filter={filter} onChange={setFilter} />
      </div>
      <StateTabs filter={filter} />
      <FilterBar facets={FACETS} filter={filter} onChange={setFilter} />
      <div style={{ marginTop: 18, position: 'relative' }}>
        {pages.error && !pages.data && <Problem error={pages.error} retry={() => void pages.refetch()} />}
        {pages.isPending && <Waiting height={600} />}
        <NewerButton news={news} onShow={showNewer} />
        {pages.data && (shown.length > 0 ? <DeliveryList deliveries={shown} more={pages.hasNextPage} onEnd={readOn} /> : <NoDeliveries filter={filter} onChange={setFilter} />)}
      </div>
    </>
  );
}

interface NoDeliveriesProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

function NoDeliveries({ filter, onChange }: NoDeliveriesProps) {
  const status = useQuery(statusQuery);
  if (status.data?.empty) return <FirstSpan otlpHttp={status.data.otlpHttp} />;
  return (
    <>
      <p className={styles.lead}>No delivery in {rangeWords(filter)} matches.</p>
      <p className={styles.explain}>Look further back, or at all of them.</p>
      <div className={styles.actions}>
        <button type="button" className="action" onClick={() => onChange({ ...filter, range: '1d', since: '', until: '' })}>
          The last day
        </button>
        <button type="button" className="action" onClick={() => onChange({ ...EVERYTHING, range: filter.range })}>
          All deliveries
        </button>
      </div>
    </>
  );
}
