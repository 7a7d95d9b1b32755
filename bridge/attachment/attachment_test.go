package attachment

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
	"unicode/utf8"
)

func picture(t *testing.T, kind string, w, h int) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if n == "mimetype" {
			_, err = w.Write([]byte("application/vnd.oasis.opendocument.text"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ole(stream string) []byte {
	b := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...)
	for _, r := range stream {
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return append(b, 0, 0)
}

// webpOf is the head of a lossless WebP image of that size.
func webpOf(w, h int) []byte {
	b := append([]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x10\x00\x00\x00\x2f"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[21:], uint32(w-1)|uint32(h-1)<<14)
	return append(b, make([]byte, 12)...)
}

func TestKindsAreToldByTheirBytes(t *testing.T) {
	const word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	for name, c := range map[string]struct {
		data []byte
		name string
		want Info
	}{
		"png":            {picture(t, "png", 3, 2), "a.png", Info{"image/png", "a.png", 3, 2}},
		"a lying name":   {picture(t, "png", 3, 2), "invoice.exe", Info{"image/png", "invoice.exe.png", 3, 2}},
		"jpeg":           {picture(t, "jpeg", 5, 4), "IMG_1.JPEG", Info{"image/jpeg", "IMG_1.JPEG", 5, 4}},
		"gif":            {picture(t, "gif", 7, 9), "", Info{"image/gif", "file.gif", 7, 9}},
		"webp":           {webpOf(640, 480), "x", Info{"image/webp", "x.webp", 640, 480}},
		"heic":           {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "p.heic", Info{Type: "image/heic", Name: "p.heic"}},
		"pdf":            {[]byte("%PDF-1.7\n..."), "plan.pdf", Info{Type: "application/pdf", Name: "plan.pdf"}},
		"text":           {[]byte("Grüße,\n\tAna"), "note.txt", Info{Type: "text/plain", Name: "note.txt"}},
		"csv":            {[]byte("a,b\n1,2\n"), "t.CSV", Info{Type: "text/csv", Name: "t.CSV"}},
		"a script":       {[]byte("echo hello"), "run.sh", Info{Type: "text/plain", Name: "run.sh.txt"}},
		"docx":           {zipped(t, "[Content_Types].xml", "word/document.xml"), "l.docx", Info{Type: word, Name: "l.docx"}},
		"docx as zip":    {zipped(t, "[Content_Types].xml", "word/document.xml"), "l.zip", Info{Type: word, Name: "l.zip.docx"}},
		"xlsx":           {zipped(t, "[Content_Types].xml", "xl/workbook.xml"), "l.xlsx", Info{Type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Name: "l.xlsx"}},
		"odt":            {zipped(t, "mimetype", "content.xml"), "l.odt", Info{Type: "application/vnd.oasis.opendocument.text", Name: "l.odt"}},
		"doc":            {ole("WordDocument"), "l.doc", Info{Type: "application/msword", Name: "l.doc"}},
		"a path":         {[]byte("x"), `..\..\etc/passwd`, Info{Type: "text/plain", Name: "passwd.txt"}},
		"a hidden name":  {[]byte("x"), ".htaccess", Info{Type: "text/plain", Name: "htaccess.txt"}},
		"lines, turning": {[]byte("x"), "a\r\nb\u202etxt.exe", Info{Type: "text/plain", Name: "abtxt.exe.txt"}},
	} {
		got, err := Inspect(c.name, c.data)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestWhatDoesNotPass(t *testing.T) {
	bomb := picture(t, "png", 4, 4)
	binary.BigEndian.PutUint32(bomb[16:], 60_000)
	binary.BigEndian.PutUint32(bomb[20:], 60_000)
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"nothing":              {nil, ErrEmpty},
		"a byte too many":      {bytes.Repeat([]byte("a"), MaxSize+1), ErrSize},
		"a program":            {[]byte("MZ\x90\x00\x03\x00\x00\x00"), ErrKind},
		"an elf":               {[]byte("\x7fELF\x02\x01\x01"), ErrKind},
		"a page":               {[]byte("<!doctype html><script>alert(1)</script>"), ErrKind},
		"a page behind blanks": {[]byte(strings.Repeat(" \n", 900) + "<html><script>"), ErrKind},
		"a drawing":            {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), ErrKind},
		"a shell script":       {[]byte("#!/bin/sh\nrm -rf /"), ErrKind},
		"any zip":              {zipped(t, "a.txt"), ErrKind},
		"macros":               {zipped(t, "[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), ErrKind},
		"half a zip":           {zipped(t, "[Content_Types].xml", "word/document.xml")[:60], ErrKind},
		"an installer":         {ole("Property"), ErrKind},
		"a film":               {[]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"), ErrKind},
		"broken UTF-8":         {[]byte("caf\xe9"), ErrKind},
		"an image bomb":        {bomb, ErrPixels},
		"a wide webp":          {webpOf(16383, 16383), ErrPixels},
		"half an image":        {picture(t, "png", 3, 2)[:20], ErrBroken},
		"half a webp":          {webpOf(3, 2)[:22], ErrBroken},
	} {
		if _, err := Inspect("a.png", c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestTheLargestFilePasses(t *testing.T) {
	if _, err := Inspect("a.txt", bytes.Repeat([]byte("a"), MaxSize)); err != nil {
		t.Error(err)
	}
}

func TestNamesAreBounded(t *testing.T) {
	got := CleanName(strings.Repeat("ü", 500)+".pdf", "application/pdf")
	if utf8.RuneCountInString(got) != MaxName || !strings.HasSuffix(got, "ü.pdf") {
		t.Errorf("%q has %d code points", got, utf8.RuneCountInString(got))
	}
}

func TestSizesAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "1 kB", 1499: "1 kB", 84_000: "84 kB", 1_240_000: "1.2 MB"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func FuzzInspect(f *testing.F) {
	f.Add("a.docx", []byte("PK\x03\x04PK\x01\x02PK\x05\x06"))
	f.Add("a.webp", webpOf(3, 2))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		info, err := Inspect(name, data)
		if err == nil && (info.Type == "" || info.Name == "" || strings.ContainsAny(info.Name, "/\\\r\n\"")) {
			t.Errorf("%q passed as %+v", name, info)
		}
	})
}
