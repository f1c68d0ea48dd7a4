// SPDX-License-Identifier: Apache-2.0
import { useDocumentTitle } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { clocksKey } from '../api/clocks';
import { ledgerKey, ledgerQuery } from '../api/ledger';
import { pathsKey, pathsQuery } from '../api/paths';
import { statusKey, statusQuery } from '../api/status';
import { VerdictChart } from '../components/chart/VerdictChart';
import { ClockSection } from '../components/clock/ClockSection';
import { FilterBar } from '../components/filter/FilterBar';
import { RangePicker } from '../components/filter/RangePicker';
import { useFilter } from '../components/filter/useFilter';
import { useLiveRefetch } from '../components/live/useLiveRefetch';
import { FirstSpan } from '../components/notice/FirstSpan';
import { Problem } from '../components/notice/Problem';
import { Waiting } from '../components/notice/Waiting';
import { PathSection } from '../components/path/PathSection';
import { Standings } from '../components/standing/Standings';
import { SentenceView } from '../components/text/SentenceView';
import type { Facet } from '../model/filter';
import { estimatedPaths, onTimeFacts } from '../model/onTime';
import { writeSentence } from '../model/sentence';
import { buildSeries, dataSince } from '../model/series';
import styles from './page.module.css';

const FACETS: readonly Facet[] = ['path', 'tenant', 'channel', 'destination'];
const REFETCH_MS = 2_000;
const TABLES_REFETCH_MS = 5_000;
const CLOCKS_REFETCH_MS = 15_000;

/** Are deliveries on time? The sentence, then verdicts over time, the paths, and who is affected. */
export function OnTimePage() {
  useDocumentTitle('Are deliveries on time? Hopstamp');
  const [filter, setFilter] = useFilter('15m');
  useLiveRefetch([ledgerKey('live'), pathsKey, statusKey], REFETCH_MS);
  useLiveRefetch([ledgerKey('calm')], TABLES_REFETCH_MS);
  useLiveRefetch([clocksKey], CLOCKS_REFETCH_MS);
  const overview = useQuery({ ...ledgerQuery(['path', 'verdict', 'timeliness', 'reason', 'hop'], filter, 'live'), placeholderData: keepPreviousData });
  const minutes = useQuery({ ...ledgerQuery(['minute', 'verdict', 'timeliness'], filter, 'live'), placeholderData: keepPreviousData });
  const paths = useQuery({ ...pathsQuery(filter), placeholderData: keepPreviousData });
  const status = useQuery(statusQuery);
  const series = useMemo(() => minutes.data && buildSeries(minutes.data), [minutes.data]);

  const error = overview.error ?? minutes.error ?? paths.error;
  const shownPaths = (paths.data ?? []).filter((path) => (filter.facets.path?.includes(path.name) ?? true) && path.deliveries + path.inFlight > 0);
  const since = minutes.data ? dataSince(minutes.data, status.data?.started ?? 0) : (overview.data?.since ?? 0);
  const estimated = overview.data && estimatedPaths(overview.data);
  const facts = overview.data && onTimeFacts(overview.data, shownPaths, filter, since);
  const firstRun = overview.data?.total === 0 && status.data?.empty ? status.data : null;
  return (
    <>
      <div className={styles.top}>
        <h1 className={styles.question}>Are deliveries on time?</h1>
        <RangePicker filter={filter} onChange={setFilter} />
      </div>
      {error && !overview.data ? (
        <Problem error={error} retry={() => void Promise.all([overview.refetch(), minutes.refetch(), paths.refetch()])} />
      ) : firstRun ? (
        <NothingYet otlpHttp={firstRun.otlpHttp} />
      ) : (
        <>
          {facts ? <SentenceView sentence={writeSentence(facts, filter)} /> : <Waiting height={104} />}
          <div className={styles.filters}>
            <FilterBar facets={FACETS} filter={filter} onChange={setFilter} />
          </div>
          {series ? <VerdictChart series={series} filter={filter} /> : <Waiting height={290} />}
          <section className={styles.block} aria-labelledby="paths-title">
            <h2 id="paths-title">
              The way of a message <span className="quiet" style={{ fontWeight: 400 }}>hatched is waiting, solid is working; the bars of a path are p99, to one scale</span>
            </h2>
            {paths.data ? shownPaths.map((path) => <PathSection key={path.name} path={path} estimated={estimated?.has(path.name) ?? false} filter={filter} />) : <Waiting height={140} />}
          </section>
          <section className={styles.block} aria-label="Who is affected">
            <Standings facets={FACETS} filter={filter} />
          </section>
          <ClockSection />
        </>
      )}
    </>
  );
}

function NothingYet({ otlpHttp }: { readonly otlpHttp: string }) {
  return (
    <>
      <p className={styles.lead} data-testid="sentence">
        Nothing has arrived yet.
      </p>
      <p className={styles.explain}>Hopstamp is ready and listens. As soon as it sees the first message, this page says whether it was in time and where it waited.</p>
      <FirstSpan otlpHttp={otlpHttp} />
    </>
  );
}
