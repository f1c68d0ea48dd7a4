// SPDX-License-Identifier: Apache-2.0

package span

// forms finds the newest record that has the form of another: by a few cells, each
// of which knows one. A record that lost its cell is only written once more.
type forms [64]formCell

type formCell struct {
	next    int32 // index of the record + 1
	present uint64
}

// find answers how many records before record at one of the same form is, and
// remembers this one; 0 when there is none near enough.
func (f *forms) find(records []Record, at int, present uint64) int {
	r := &records[at]
	const odd = 0x9e3779b97f4a7c15
	h := present ^ uint64(r.Name)<<40 ^ uint64(r.Service)<<20 ^ uint64(r.Topic)<<50 ^ uint64(r.Stage)<<36 ^ uint64(r.HTTPStatus)<<8
	cell := &f[h*odd>>58]
	before := int(cell.next) - 1
	known := before >= 0 && at-before <= maxBack && cell.present == present && r.alike(&records[before])
	cell.next, cell.present = int32(at)+1, present
	if !known {
		return 0
	}
	return at - before
}

// alike tells whether two records with the same fields have one form.
func (r *Record) alike(o *Record) bool {
	differ := (r.Service ^ o.Service) | (r.Name ^ o.Name) | (r.Route ^ o.Route) | (r.System ^ o.System) | (r.Topic ^ o.Topic) |
		(r.Group ^ o.Group) | (r.ErrorType ^ o.ErrorType) | (r.Cluster ^ o.Cluster) | (r.Host ^ o.Host)
	return differ == 0 && r.Kind == o.Kind && r.Stage == o.Stage && r.Outcome == o.Outcome && r.Category == o.Category && r.HTTPStatus == o.HTTPStatus
}

// present says which fields a record has.
func (r *Record) present() (bits uint64) {
	bits = bit(r.Error, hasError) | bit(r.Explicit, hasExplicit) | bit(r.Partial, hasPartial) | bit(r.HTTPStatus != 0, hasStatus) |
		bit(r.Service != 0, hasService) | bit(r.Name != 0, hasName) | bit(r.Route != 0, hasRoute) |
		bit(r.System != 0, hasSystem) | bit(r.Topic != 0, hasTopic) | bit(r.Group != 0, hasGroup) |
		bit(r.Server != 0, hasServer) | bit(r.ErrorType != 0, hasErrorType) | bit(r.Cluster != 0, hasCluster) | bit(r.Host != 0, hasHost)
	dims := &r.Dims
	bits |= bit(dims[0] != 0, hasDims) | bit(dims[1] != 0, hasDims<<1) | bit(dims[2] != 0, hasDims<<2) |
		bit(dims[3] != 0, hasDims<<3) | bit(dims[4] != 0, hasDims<<4) | bit(dims[5] != 0, hasDims<<5)
	if len(r.Key)|len(r.MessageID)|len(r.Conversation)|len(r.Recipient)|len(r.Coordinate) != 0 {
		bits |= bit(r.Key != "", hasKey) | bit(r.MessageID != "", hasMessageID) | bit(r.Conversation != "", hasConversation) |
			bit(r.Recipient != "", hasRecipient) | bit(r.Coordinate != "", hasCoordinate)
	}
	if r.Retry|r.Recipients|r.DroppedLinks|r.Batch|uint32(r.Event|r.Holder) != 0 || r.Threshold|r.Origin != 0 {
		bits |= r.presentNumbers()
	}
	if len(r.Links) > 0 {
		bits |= hasLinks | bit(described(r.Links), hasLinkTexts)
	}
	return bits
}

// presentNumbers are those of hasNumbers, of which records seldom have one.
func (r *Record) presentNumbers() uint64 {
	return bit(r.Event != 0, hasEvent) | bit(r.Retry != 0, hasRetry) | bit(r.Recipients != 0, hasRecipients) |
		bit(r.DroppedLinks != 0, hasDroppedLinks) | bit(r.Batch != 0, hasBatch) | bit(r.Threshold != 0, hasThreshold) |
		bit(r.Origin != 0, hasOrigin) | bit(r.Holder != 0, hasHolder)
}

func bit(on bool, value uint64) uint64 {
	if on {
		return value
	}
	return 0
}

func (l *Link) texts() [5]*string {
	return [...]*string{&l.Key, &l.MessageID, &l.Conversation, &l.Recipient, &l.Coordinate}
}

// described tells whether some link says more than where it leads.
func described(links []Link) bool {
	for i := range links {
		l := &links[i]
		if len(l.Key)|len(l.MessageID)|len(l.Conversation)|len(l.Recipient)|len(l.Coordinate) != 0 {
			return true
		}
	}
	return false
}
