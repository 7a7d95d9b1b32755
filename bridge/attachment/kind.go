// Package attachment decides which files may pass between a visitor and an
// agent. It judges a file by its bytes, never by its name, and decodes none.
package attachment

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxSize is the largest file that passes, in bytes.
	MaxSize = 10 << 20
	// MaxPixels is how many pixels an image may declare, and MaxSide how many
	// in one direction: a few bytes of a file can ask its viewer for gigabytes.
	MaxPixels = 50_000_000
	MaxSide   = 20_000
	// MaxName is the longest name that is kept, in code points.
	MaxName = 120
)

var (
	// ErrKind: files of this kind do not pass.
	ErrKind = errors.New("files of this kind are not passed on")
	// ErrSize: the file is larger than MaxSize.
	ErrSize = errors.New("the file is larger than 10 MB")
	// ErrEmpty: there is nothing in the file.
	ErrEmpty = errors.New("the file is empty")
	// ErrPixels: the image declares more pixels than MaxPixels or MaxSide.
	ErrPixels = errors.New("the image has too many pixels")
	// ErrBroken: the file begins like its kind but cannot be one.
	ErrBroken = errors.New("the file is damaged")
)

// Info is what the bytes of a file say about it.
type Info struct {
	// Type is a media type without parameters.
	Type string
	// Name is the given name made safe, with an ending that fits the type.
	Name string
	// Width and Height are those of an image that browsers show, in pixels;
	// zero otherwise.
	Width, Height int
}

// Inspect judges a whole file. The error is one of this package's, wrapped
// where there is more to say.
func Inspect(name string, data []byte) (Info, error) {
	switch {
	case len(data) == 0:
		return Info{}, ErrEmpty
	case len(data) > MaxSize:
		return Info{}, ErrSize
	}
	kind := kindOf(name, data)
	if kind == "" {
		return Info{}, ErrKind
	}
	info := Info{Type: kind, Name: CleanName(name, kind)}
	if !Inline(kind) {
		return info, nil
	}
	w, h, err := dimensions(kind, data)
	if err != nil {
		return Info{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if w < 1 || h < 1 {
		return Info{}, ErrBroken
	}
	if w > MaxSide || h > MaxSide || w > MaxPixels/h {
		return Info{}, ErrPixels
	}
	info.Width, info.Height = w, h
	return info, nil
}

// Inline reports whether browsers show files of this type as pictures.
func Inline(kind string) bool {
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return true
	}
	return false
}

// kindOf is the type of a file; empty for one that does not pass. The name
// only tells plain texts apart.
func kindOf(name string, data []byte) string {
	begins := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }
	switch {
	case begins("\x89PNG\r\n\x1a\n"):
		return "image/png"
	case begins("\xff\xd8\xff"):
		return "image/jpeg"
	case begins("GIF87a"), begins("GIF89a"):
		return "image/gif"
	case begins("RIFF") && len(data) > 14 && string(data[8:14]) == "WEBPVP":
		return "image/webp"
	case begins("%PDF-"):
		return "application/pdf"
	case isHEIC(data):
		return "image/heic"
	case begins("PK\x03\x04"):
		return officeZip(data)
	case begins("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return officeOld(data)
	case isText(data):
		if strings.EqualFold(path.Ext(name), ".csv") {
			return "text/csv"
		}
		return "text/plain"
	}
	return ""
}

// isHEIC knows the brands of still pictures in an ISO base media file.
func isHEIC(data []byte) bool {
	if len(data) < 12 || string(data[4:8]) != "ftyp" {
		return false
	}
	switch string(data[8:12]) {
	case "heic", "heix", "heim", "heis", "mif1", "msf1":
		return true
	}
	return false
}

// isText takes whole UTF-8 without control characters that is neither markup
// nor a program by its first line.
func isText(data []byte) bool {
	if !utf8.Valid(data) || bytes.ContainsFunc(data, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7f
	}) {
		return false
	}
	// From behind a mark of the byte order and blanks, as browsers look.
	head := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	for _, start := range []string{"<", "#!", "%!PS"} {
		if bytes.HasPrefix(head, []byte(start)) {
			return false
		}
	}
	return true
}

// endings are the usual ones of each type, the first being what a name
// without a fitting one gets.
func endings(kind string) []string {
	switch kind {
	case "image/png":
		return []string{".png"}
	case "image/jpeg":
		return []string{".jpg", ".jpeg", ".jfif"}
	case "image/gif":
		return []string{".gif"}
	case "image/webp":
		return []string{".webp"}
	case "image/heic":
		return []string{".heic", ".heif"}
	case "application/pdf":
		return []string{".pdf"}
	case "text/csv":
		return []string{".csv"}
	case "text/plain":
		return []string{".txt", ".log", ".md"}
	}
	for _, o := range office() {
		if o.kind == kind {
			return []string{o.ending}
		}
	}
	return nil
}

// CleanName is a name that can be shown, kept and offered as a file's name:
// one line without a path, of at most MaxName code points, whose ending does
// not promise another kind.
func CleanName(name, kind string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control), r == '\u2028', r == '\u2029':
			return -1
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), ". ")
	fits := endings(kind)
	ending := path.Ext(name)
	if len(fits) > 0 && !slices.Contains(fits, strings.ToLower(ending)) {
		ending = ""
	}
	stem := strings.TrimSuffix(name, ending)
	if ending == "" && len(fits) > 0 {
		ending = fits[0]
	}
	if strings.Trim(stem, ". ") == "" {
		stem = "file"
	}
	if room := MaxName - utf8.RuneCountInString(ending); utf8.RuneCountInString(stem) > room {
		stem = strings.TrimRight(string([]rune(stem)[:room]), ". ")
	}
	return stem + ending
}

// Size is a number of bytes as people read it.
func Size(bytes int64) string {
	if bytes < 1_000_000 {
		return fmt.Sprintf("%d kB", max(1, (bytes+500)/1000))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
