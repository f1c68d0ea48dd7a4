// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// verdictRow is the schema of a verdict part. Other programs may read it:
//
//	SELECT key || '/' || coalesce(nullif(suffix, ''), recipient) AS id,
//	       if(keyed_by = 'message_id', key, message_id) AS message_id,
//	       if(keyed_by = 'trace_id', key, trace_id) AS trace_id,
//	       verdict, reason, epoch_ns(nullif(fulfilled, make_timestamp_ns(0))) - epoch_ns(started) AS latency
//	FROM read_parquet('verdicts/*/*.parquet', hive_partitioning = true)
//
// No text stands twice in a row: where the message's key is one of its ids,
// keyed_by says which, and the column of that id is null; suffix, which follows the
// key in the delivery's id, is null when it is the recipient. Any other null is an
// id that is absent. In parts of earlier versions it may be a zero value, which means the same.
//
// The hops are in columns of their own: way names them, "accepted accepted-published",
// and waits_us and works_us have a number for each. Where clocks differ, a wait lies
// between two numbers of wait_bounds_us, which is empty when all waits are known:
//
//	SELECT hop, quantile_cont(wait, 0.99) / 1e3 AS ms FROM (
//		SELECT unnest(string_split(way, ' ')) AS hop, unnest(waits_us) AS wait FROM read_parquet('verdicts/*/*.parquet')) GROUP BY hop
//
// Numbers that are as good as random are not compressed: that only costs.
//
// Times are UTC. They are declared without a zone because DuckDB cuts those with
// one to microseconds.
//
// Rows are sorted newest first (started, then id, descending), as they are
// listed: a reader of one page stops early, and the deliveries of one message,
// which share their start, lie side by side, so that delta encoding stores
// their key and ids once. When more becomes known of a delivery that had settled, a row
// without a verdict takes back those of its id that were updated before, and another
// follows if it still is a delivery of that id.
type verdictRow struct {
	Started      int64    `parquet:"started,timestamp(nanosecond:local),delta"`
	Fulfilled    int64    `parquet:"fulfilled,optional,timestamp(nanosecond:local),delta,uncompressed"` // null: not, or not yet
	Updated      int64    `parquet:"updated,timestamp(nanosecond:local),dict"`                          // log time: few distinct values
	Key          string   `parquet:"key,delta"`
	Suffix       string   `parquet:"suffix,optional,dict"`
	Recipient    string   `parquet:"recipient,dict"`
	KeyedBy      string   `parquet:"keyed_by,dict"`
	MessageID    string   `parquet:"message_id,optional,delta"`
	Conversation string   `parquet:"conversation_id,optional,dict"`
	Trace        string   `parquet:"trace_id,optional,delta"` // of the message's home, in hex
	OtherTraces  []string `parquet:"other_traces,list" parquet-element:",delta"`
	Path         string   `parquet:"path,dict"`
	Kind         string   `parquet:"kind,dict"` // what begins such messages
	Tenant       string   `parquet:"tenant,dict"`
	Channel      string   `parquet:"channel,dict"`
	Destination  string   `parquet:"destination,dict"`
	Region       string   `parquet:"region,dict"`
	Device       string   `parquet:"device,dict"`
	Provider     string   `parquet:"provider,dict"`
	Verdict      string   `parquet:"verdict,dict"`
	Reason       string   `parquet:"reason,dict"`
	Hop          string   `parquet:"hop,dict"`
	Timeliness   string   `parquet:"timeliness,dict"`
	Retries      int32    `parquet:"retries,dict"`
	Estimated    bool     `parquet:"estimated"`                                           // others like it were sampled away before us
	Kept         string   `parquet:"kept,dict"`                                           // why its spans are kept; empty: they are not
	Way          string   `parquet:"way,dict"`                                            // its hops, each as in hop, with a space between
	Waits        []int64  `parquet:"waits_us,list" parquet-element:",delta,uncompressed"` // of each hop
	Works        []int64  `parquet:"works_us,list" parquet-element:",delta,uncompressed"` // of each hop
	WaitBounds   []int64  `parquet:"wait_bounds_us,list" parquet-element:",delta"`        // two of each hop: the wait lies between them; empty: all are known
	Positions    []int64  `parquet:"positions,list" parquet-element:",delta"`             // of the log messages with its spans
}

// What the key is, as rows.keyedBy and verdictRow.KeyedBy say it.
const (
	keyedByOther = iota
	keyedByMessage
	keyedByTrace
)

func keyedBy(code uint16) string { return [...]string{"", "message_id", "trace_id"}[code] }

// dims are the row's columns of the bounded dimensions, in their order.
func (r *verdictRow) dims() [span.NumDims]*string {
	return [...]*string{&r.Tenant, &r.Channel, &r.Destination, &r.Region, &r.Device, &r.Provider}
}

func (r *verdictRow) delivery(names *names) (d journey.Delivery, err error) {
	d = journey.Delivery{
		ID: r.Key + "/" + cmp.Or(r.Suffix, r.Recipient), Path: r.Path, Kind: r.Kind, Recipient: r.Recipient,
		MessageID: r.MessageID, Conversation: r.Conversation,
		Started: r.Started, Fulfilled: r.Fulfilled, Updated: r.Updated, Retries: int(r.Retries),
		Estimated: r.Estimated, Kept: r.Kept,
	}
	d.Key = d.ID[:len(r.Key)]
	trace := r.Trace
	switch r.KeyedBy {
	case keyedBy(keyedByMessage):
		d.MessageID = d.Key
	case keyedBy(keyedByTrace):
		trace = d.Key
	}
	for i, column := range r.dims() {
		d.Dims[i] = *column
	}
	if d.Trace, err = traceOf(trace); err != nil {
		return d, fmt.Errorf("read row of %q: %w", d.ID, err)
	}
	for _, text := range r.OtherTraces {
		other, err := traceOf(text)
		if err != nil {
			return d, fmt.Errorf("read row of %q: %w", d.ID, err)
		}
		d.OtherTraces = append(d.OtherTraces, other)
	}
	d.Verdict, d.Reason, d.Hop, d.Timeliness = names.verdict[r.Verdict], names.reason[r.Reason],
		hopOf(r.Hop), names.timeliness[r.Timeliness]
	if d.Hops, err = r.hops(names); err != nil {
		return d, fmt.Errorf("read row of %q: %w", d.ID, err)
	}
	for _, position := range r.Positions {
		d.Positions = append(d.Positions, journey.Position(position))
	}
	return d, nil
}

// names are the verdicts, reasons and timeliness by how parts spell them. A name
// of a newer version reads as none.
type names struct {
	verdict    map[string]journey.Verdict
	reason     map[string]journey.Reason
	timeliness map[string]journey.Timeliness
	ways       map[string][]journey.HopID
}

func newNames() *names {
	return &names{
		verdict:    byName(journey.NumVerdicts),
		reason:     byName(journey.NumReasons),
		timeliness: byName(journey.NumTimeliness),
		ways:       map[string][]journey.HopID{},
	}
}

func byName[T interface {
	~uint8
	String() string
}](count T) map[string]T {
	values := make(map[string]T, count)
	for value := range count {
		values[value.String()] = value
	}
	return values
}

func hopOf(text string) (hop journey.HopID) {
	from, to, both := strings.Cut(text, "-")
	if !both {
		from, to = "", text
	}
	hop.From, _ = span.ParseStage(from)
	hop.To, _ = span.ParseStage(to)
	return hop
}
