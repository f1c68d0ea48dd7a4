// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"strconv"
	"strings"
)

// thresholdDigits are the hexadecimal digits of a sampling threshold: 56 bits.
const thresholdDigits = 14

// readThreshold reads the rejection threshold of the sampling before us out of a
// W3C trace state: th of the ot entry, whose trailing zeros may be left out. It is
// 0 where there is none; ok is false when there is one that is no threshold.
func readThreshold(state string) (threshold uint64, ok bool) {
	ot, found := entryOf(state, "ot")
	if !found {
		return 0, true
	}
	th, found := subKeyOf(ot, "th")
	if !found {
		return 0, true
	}
	return parseThreshold(th)
}

func parseThreshold(th string) (threshold uint64, ok bool) {
	if th == "" || len(th) > thresholdDigits || !isLowerHex(th) {
		return 0, false
	}
	threshold, err := strconv.ParseUint(th, 16, 64)
	return threshold << (4 * (thresholdDigits - len(th))), err == nil
}

// entryOf finds the value of a vendor's entry: key=value, key=value ...
func entryOf(state, key string) (value string, found bool) {
	for entry := range strings.SplitSeq(state, ",") {
		entry = strings.Trim(entry, " \t")
		if value, found = strings.CutPrefix(entry, key); found && strings.HasPrefix(value, "=") {
			return value[1:], true
		}
	}
	return "", false
}

// subKeyOf finds a value in the entry of OpenTelemetry: key:value;key:value ...
func subKeyOf(entry, key string) (value string, found bool) {
	for member := range strings.SplitSeq(entry, ";") {
		if value, found = strings.CutPrefix(member, key); found && strings.HasPrefix(value, ":") {
			return value[1:], true
		}
	}
	return "", false
}

func isLowerHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
