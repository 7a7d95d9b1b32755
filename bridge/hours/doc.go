// Package hours answers when a business is open: on which days between which
// times of its own clocks, holidays and other exceptions aside. It does no I/O
// and knows no present; every instant is passed in.
//
// Opening times are times on the wall. Where the clocks change they keep to the
// wall: a time that the clocks skip is the instant at which they skip it, and
// of a time that comes twice an opening means the first and a closing the
// second.
package hours
