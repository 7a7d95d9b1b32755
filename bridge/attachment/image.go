package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	_ "image/gif" // DecodeConfig reads the headers of both
	_ "image/jpeg"
)

var errHeader = errors.New("its header ends early")

// dimensions reads what an image declares in its header.
func dimensions(kind string, data []byte) (width, height int, err error) {
	switch kind {
	case "image/webp":
		return webp(data)
	case "image/png":
		// By hand: the decoder would not say how large an image wants to be
		// whose checksum is wrong, and browsers differ in whether they mind.
		if len(data) < 24 || string(data[12:16]) != "IHDR" {
			return 0, 0, errHeader
		}
		return int(binary.BigEndian.Uint32(data[16:])), int(binary.BigEndian.Uint32(data[20:])), nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

// webp reads the first chunk of a WebP file (WebP container specification: VP8,
// VP8L and VP8X).
func webp(data []byte) (width, height int, err error) {
	if len(data) < 30 {
		return 0, 0, errHeader
	}
	body := data[20:]
	switch string(data[12:16]) {
	case "VP8 ":
		if !bytes.Equal(body[3:6], []byte{0x9d, 0x01, 0x2a}) {
			return 0, 0, errHeader
		}
		return int(binary.LittleEndian.Uint16(body[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(body[8:]) & 0x3fff), nil
	case "VP8L":
		if body[0] != 0x2f {
			return 0, 0, errHeader
		}
		bits := binary.LittleEndian.Uint32(body[1:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, nil
	case "VP8X":
		three := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
		return three(body[4:]) + 1, three(body[7:]) + 1, nil
	}
	return 0, 0, errHeader
}
