// SPDX-License-Identifier: Apache-2.0

package app

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// metric is a line of docs/reference/metrics.md.
type metric struct {
	name, help string
	labels     []string
}

func (m *metric) describe() *prometheus.Desc {
	return prometheus.NewDesc("hopstamp_"+m.name, m.help, m.labels, nil)
}

// deliveriesTotal and correctionsTotal are shown by deliveryCounters.
var (
	deliveriesTotal = metric{"deliveries_total", "Deliveries that came under a verdict, since the ledger began. What left it again is in delivery_corrections_total.",
		[]string{"path", "tenant", "channel", "destination", "verdict", "timeliness"}}
	correctionsTotal = metric{"delivery_corrections_total", "Deliveries that left a verdict because more became known.", deliveriesTotal.labels}
)

// foldMetrics are the others that the folds know: what is counted there is a function of
// the log, and comes back with the snapshot and the replay.
var foldMetrics = []metric{
	{"in_flight_deliveries", "Deliveries on the way, by the hop they are at and whether they are pending or stuck.", []string{"path", "hop", "verdict"}},
	{"delivery_latency_seconds", "From the start of a message to the fulfilment of a delivery.", []string{"path"}},
	{"hop_wait_seconds", "From the end of a stage to the start of the next.", []string{"path", "from", "to"}},
	{"hop_work_seconds", "From the start of a stage to its end.", []string{"path", "from", "to"}},

	{"track_traces", "Traces held in memory.", nil},
	{"track_stamps", "Stamps held in memory.", nil},
	{"track_bytes", "Memory that tracking takes; track.max_bytes is its limit.", nil},
	{"track_stamps_total", "Stamps taken in.", nil},
	{"track_duplicate_stamps_total", "Stamps that were known already.", nil},
	{"track_resting_traces", "Traces held for corrections only: what became of them is stored. Past half of track.max_bytes the oldest go first.", nil},
	{"track_evicted_total", "Traces that were held for corrections and let go of before their time was over, the oldest first, because memory was short.", nil},
	{"track_late_stamps_total", "Stamps that came after their journey was settled.", nil},
	{"track_unjoined_stamps_total", "Stamps that never came to belong to a message.", nil},
	{"track_overflowed_total", "Times a bounded table was full and something was counted under (overflow).", []string{"table"}},
	{"track_malformed_messages_total", "Log messages that could not be read.", nil},
	{"track_position", "Position of the log up to which is counted.", nil},
	{"track_log_time_seconds", "The log's own time.", nil},
	{"track_throttled", "1 while a sender that was told to come back later may not have: deadlines pass up to a minute late then.", nil},
	{"track_lag_seconds", "From storing the last log message to counting it.", nil},

	{"clock_offset_seconds", "How far a host's clock is ahead of this server's; 0 while nothing proves it wrong.", []string{"host"}},
	{"clock_suspect", "1 while a host's clock was seen to jump, or contradicts itself.", []string{"host"}},

	{"sample_decided_total", "Messages about whose spans was decided, by the policy that applied.", []string{"policy"}},
	{"sample_kept_total", "Those whose spans are kept.", []string{"policy"}},
	{"sample_share", "What a policy keeps at present of what it applies to; the budget lowers it.", []string{"policy"}},
	{"sample_overdrawn_total", "Periods of five seconds in which what must be kept alone exceeded the budget.", nil},
	{"sample_backlog", "Copies of kept spans that are to be made.", nil},
}

// processMetrics are about what happened to this process, and to those before it
// (lasting), behind the receivers, which have their own.
var processMetrics = []metric{
	{"snapshots_total", "Times the state was saved.", nil},
	{"snapshot_failures_total", "Times it could not be saved.", nil},
	{"snapshot_bytes", "Size of the last snapshot.", nil},
	{"snapshot_seconds", "How long it took to write; tracking waits meanwhile.", nil},
	{"snapshot_behind_bytes", "Log that a start now would have to fold again.", nil},

	{"sample_missed_messages_total", "Log messages that the log let go of before kept spans were copied out of them.", nil},

	{"log_appends_total", "Requests stored.", nil},
	{"log_commits_total", "Log messages that they were joined into, each with one sync.", nil},
	{"log_bytes_total", "Bytes stored.", nil},
	{"log_commit_seconds_total", "Time from publishing log messages to their being stored and synced.", nil},
	{"log_failed_commits_total", "Log messages that could not be stored.", nil},
	{"log_busy_total", "Requests refused because too much waited to be stored.", nil},
	{"log_reopened_total", "Times the log was opened anew after it had failed.", nil},
	{"log_pending_bytes", "Bytes that wait to be stored.", nil},
	{"log_held_bytes", "Bytes that the log holds.", nil},
	{"log_room_bytes", "Bytes that may come until senders have to wait: the log lets go of nothing that a start or the copying of kept spans still needs. Of the partition that has least.", nil},
	{"log_missing_messages", "Log messages between the oldest and the newest that the disk damaged: what they held and was not tracked before is not counted. Each is found when the server starts or when it is read.", nil},
	{"log_first_position", "Oldest position held.", nil},
	{"log_last_position", "Newest position held.", nil},

	{"store_parts", "Parquet parts.", []string{"kind"}},
	{"store_kept_spans", "Kept spans that are stored.", nil},
	{"store_bytes", "Bytes of Parquet parts.", nil},
	{"store_rows", "Deliveries in Parquet parts.", nil},
	{"store_tail_rows", "Settled deliveries that are not in a part yet.", nil},
	{"store_flushes_total", "Parts written.", nil},
	{"store_retired_parts_total", "Parts removed for their age or the space they took.", nil},
	{"store_damaged_parts_total", "Parts that could not be read and were set aside.", nil},
	{"store_errors_total", "Failures to write a part; its rows stay in memory and are tried again.", nil},
}

// together gathers metrics of which no two gatherers have the same name, in the order of
// their names.
func together(from ...prometheus.Gatherer) prometheus.Gatherer {
	return prometheus.GathererFunc(func() (all []*dto.MetricFamily, err error) {
		for _, some := range from {
			families, err := some.Gather()
			if err != nil {
				return nil, err
			}
			all = append(all, families...)
		}
		slices.SortFunc(all, func(x, y *dto.MetricFamily) int { return strings.Compare(x.GetName(), y.GetName()) })
		return all, nil
	})
}
