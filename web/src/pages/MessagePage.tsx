// SPDX-License-Identifier: Apache-2.0
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { messageQuery } from '../api/messages';
import { ApiError } from '../api/request';
import { DeliverySection } from '../components/journey/DeliverySection';
import { JoinSection } from '../components/journey/JoinSection';
import { JourneySection } from '../components/journey/JourneySection';
import { MessageHead } from '../components/journey/MessageHead';
import { StampSection } from '../components/journey/StampSection';
import { useSelection } from '../components/journey/useSelection';
import { useOnPulse } from '../components/live/LiveProvider';
import { Problem } from '../components/notice/Problem';
import { UnknownMessage } from '../components/notice/UnknownMessage';
import { Waiting } from '../components/notice/Waiting';
import { SpanSection } from '../components/spans/SpanSection';
import { isOnTheWay, type Journey } from '../model/journey/journey';
import styles from './page.module.css';

const REFETCH_MS = 1_000;

/** What happened to this message? Its sentence, its journey, its deliveries. */
export function MessagePage() {
  const { key = '' } = useParams();
  useDocumentTitle(`${key}. Hopstamp`);
  const message = useQuery(messageQuery(key));
  const { data, error, refetch } = message;
  // A journey that has ended is read once; one on the way, or not yet known, follows the pulse.
  useOnPulse(REFETCH_MS, () => {
    if (!data || isOnTheWay(data)) void refetch({ cancelRefetch: false });
  });
  if (data) return <JourneyPage journey={data} />;
  return (
    <>
      <div className={styles.top}>
        <h1 className={styles.question}>What happened to this message?</h1>
      </div>
      {error instanceof ApiError && error.status === 404 ? (
        <UnknownMessage id={key} detail={error.message} />
      ) : error ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : (
        <Waiting height={420} />
      )}
    </>
  );
}

function JourneyPage({ journey }: { readonly journey: Journey }) {
  const selection = useSelection();
  return (
    <article>
      <MessageHead journey={journey} />
      {journey.stamps.length > 0 && <JourneySection journey={journey} selection={selection} />}
      <DeliverySection journey={journey} selection={selection} />
      {journey.joins.length > 0 && <JoinSection journey={journey} selection={selection} />}
      {journey.stamps.length > 0 && <StampSection journey={journey} selection={selection} />}
      <SpanSection journey={journey} selection={selection} />
    </article>
  );
}
