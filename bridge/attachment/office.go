package attachment

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// document is a kind of office file: in a zip the folder that only it has, in
// an old one the name of its main stream.
type document struct{ kind, ending, folder, stream string }

func office() []document {
	const open, word = "application/vnd.openxmlformats-officedocument.", "application/vnd.ms-"
	const free = "application/vnd.oasis.opendocument."
	return []document{
		{kind: open + "wordprocessingml.document", ending: ".docx", folder: "word/"},
		{kind: open + "spreadsheetml.sheet", ending: ".xlsx", folder: "xl/"},
		{kind: open + "presentationml.presentation", ending: ".pptx", folder: "ppt/"},
		{kind: free + "text", ending: ".odt"},
		{kind: free + "spreadsheet", ending: ".ods"},
		{kind: free + "presentation", ending: ".odp"},
		{kind: "application/msword", ending: ".doc", stream: "WordDocument"},
		{kind: word + "excel", ending: ".xls", stream: "Workbook"},
		{kind: word + "powerpoint", ending: ".ppt", stream: "PowerPoint Document"},
	}
}

// maxEntries bounds the look into a zip's directory.
const maxEntries = 5000

// officeZip is the type of a zip that is an office document without macros;
// empty for any other zip. Only the directory is read: nothing is unpacked.
func officeZip(data []byte) string {
	if kind, ok := bytes.CutPrefix(data[min(len(data), 30):], []byte("mimetype")); ok {
		for _, o := range office() {
			if o.folder == "" && o.stream == "" && bytes.HasPrefix(kind, []byte(o.kind)) && !longer(kind[len(o.kind):]) {
				return o.kind
			}
		}
		return ""
	}
	names, ok := directory(data)
	if !ok {
		return ""
	}
	kind, listed := "", false
	for _, n := range names {
		if strings.Contains(strings.ToLower(n), "vbaproject") {
			return "" // a program travels in it
		}
		listed = listed || n == "[Content_Types].xml"
		for _, o := range office() {
			if o.folder != "" && strings.HasPrefix(n, o.folder) {
				kind = o.kind
			}
		}
	}
	if !listed {
		return ""
	}
	return kind
}

// longer reports whether a type's name goes on: a template is no document.
func longer(rest []byte) bool { return len(rest) > 0 && (rest[0] == '-' || rest[0] == '.') }

// directory lists the names in a zip's central directory (PKWARE: APPNOTE,
// 4.3.12 and 4.3.16).
func directory(data []byte) ([]string, bool) {
	const endSize, headSize = 22, 46
	tail := data[max(0, len(data)-endSize-1<<16):]
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < endSize {
		return nil, false
	}
	count := int(binary.LittleEndian.Uint16(tail[i+10:]))
	at := int(binary.LittleEndian.Uint32(tail[i+16:]))
	if count == 0 || count > maxEntries || at < 0 || at >= len(data) {
		return nil, false
	}
	var names []string
	for range count {
		if len(data)-at < headSize || string(data[at:at+4]) != "PK\x01\x02" {
			return nil, false
		}
		name := int(binary.LittleEndian.Uint16(data[at+28:]))
		rest := int(binary.LittleEndian.Uint16(data[at+30:])) + int(binary.LittleEndian.Uint16(data[at+32:]))
		if len(data)-at < headSize+name+rest {
			return nil, false
		}
		names = append(names, string(data[at+headSize:at+headSize+name]))
		at += headSize + name + rest
	}
	return names, true
}

// officeOld is the type of an OLE file that is a document; installers and
// others share the container.
func officeOld(data []byte) string {
	for _, o := range office() {
		if o.stream == "" {
			continue
		}
		var name []byte
		for _, u := range utf16.Encode([]rune(o.stream)) {
			name = binary.LittleEndian.AppendUint16(name, u)
		}
		if bytes.Contains(data, append(name, 0, 0)) {
			return o.kind
		}
	}
	return ""
}
