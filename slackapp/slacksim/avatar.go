package slacksim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// serveAvatar draws the picture of a person, the application or the workspace. The same person
// has the same picture whatever the seed.
func (s *Server) serveAvatar(w http.ResponseWriter, r *http.Request) {
	id, rest, _ := strings.Cut(r.PathValue("file"), "-")
	size, err := strconv.Atoi(strings.TrimSuffix(rest, ".png"))
	if err != nil || size < 16 || size > 1024 {
		http.NotFound(w, r)
		return
	}
	u := s.st.ws.user(id)
	if u == nil && id != s.st.ws.TeamID {
		http.NotFound(w, r)
		return
	}
	paint := paintMark
	if u != nil && !u.Bot {
		paint = portraitOf(u.Name).paint
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, draw(size, paint)); err != nil {
		http.Error(w, "not drawn", http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(buf.Bytes())
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Header().Set("ETag", strconv.Quote(hex.EncodeToString(sum[:8])))
	_, _ = w.Write(buf.Bytes())
}

// draw samples paint, a picture on the unit square, sixteen times a pixel.
func draw(size int, paint func(x, y float64) color.RGBA) image.Image {
	const grid = 4
	img := image.NewRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b int
			for i := range grid * grid {
				x := (float64(px) + (float64(i%grid)+0.5)/grid) / float64(size)
				y := (float64(py) + (float64(i/grid)+0.5)/grid) / float64(size)
				c := paint(x, y)
				r, g, b = r+int(c.R), g+int(c.G), b+int(c.B)
			}
			n := grid * grid
			img.SetRGBA(px, py, color.RGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255})
		}
	}
	return img
}

func rgb(v uint32) color.RGBA { return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255} }

// oval says whether a point lies in an ellipse.
func oval(x, y, cx, cy, rx, ry float64) bool {
	across, down := (x-cx)/rx, (y-cy)/ry
	return across*across+down*down <= 1
}

// portrait is a face in a few flat shapes.
type portrait struct {
	back, skin, hair, shirt uint32
	long, bun, beard, curls bool
}

func portraitOf(name string) portrait {
	switch name {
	case "dana":
		return portrait{back: 0xbfe0d8, skin: 0xf0c3a2, hair: 0x6b3f2a, shirt: 0x1f7a6d, long: true}
	case "lee":
		return portrait{back: 0xf3d9a8, skin: 0x8a5a3c, hair: 0x1f1a18, shirt: 0x35507a, beard: true}
	case "morgan":
		return portrait{back: 0xf0c4bb, skin: 0xd79f78, hair: 0x2b2523, shirt: 0x8c3b4a, bun: true}
	case "gus":
		return portrait{back: 0xc9d6ee, skin: 0xf4cfb4, hair: 0xc98b3d, shirt: 0x5a6f8c}
	}
	return portrait{back: 0xdccbe8, skin: 0xc68863, hair: 0x33231d, shirt: 0x6a4a86, curls: true}
}

// paint goes from the front to the back: the first shape that holds the point gives its colour.
func (p portrait) paint(x, y float64) color.RGBA {
	const closer = 1.22
	x, y = 0.5+(x-0.5)/closer, 0.47+(y-0.5)/closer
	mx := math.Abs(x - 0.5) // faces are symmetric
	face := oval(x, y, 0.5, 0.42, 0.165, 0.2)
	switch {
	case oval(mx, y, 0.065, 0.425, 0.017, 0.02):
		return rgb(0x2a2320)
	case y > 0.48 && oval(x, y, 0.5, 0.47, 0.06, 0.045) && !oval(x, y, 0.5, 0.455, 0.075, 0.042):
		return rgb(0x9c4a43)
	case p.beard && face && y > 0.465 && !oval(x, y, 0.5, 0.45, 0.1, 0.07):
		return rgb(p.hair)
	case oval(x, y, 0.5, 0.235, 0.2, 0.125) && y < 0.335+0.1*(mx*2.2):
		return rgb(p.hair)
	case face:
		return rgb(p.skin)
	case p.bun && oval(x, y, 0.5, 0.115, 0.085, 0.08),
		p.curls && (oval(mx, y, 0.17, 0.3, 0.1, 0.11) || oval(mx, y, 0.08, 0.19, 0.12, 0.09) || oval(mx, y, 0.2, 0.42, 0.07, 0.1)),
		oval(x, y, 0.5, 0.37, 0.19, 0.2) && y < 0.42:
		return rgb(p.hair)
	case mx < 0.07 && y > 0.55 && y < 0.7, oval(x, y, 0.5, 0.69, 0.09, 0.06):
		return rgb(p.skin)
	case oval(x, y, 0.5, 1.0, 0.36, 0.34):
		return rgb(p.shirt)
	case p.long && mx < 0.215 && y > 0.36 && y < 0.74 && oval(x, y, 0.5, 0.48, 0.23, 0.3):
		return rgb(p.hair)
	}
	return rgb(p.back)
}

// paintMark is the application's picture: two lines of talk and a dot.
func paintMark(x, y float64) color.RGBA {
	bar := func(left, right, cy float64) bool {
		x := math.Max(left, math.Min(right, x)) - x
		return math.Hypot(x, y-cy) <= 0.045
	}
	switch {
	case bar(0.27, 0.73, 0.36), bar(0.27, 0.54, 0.53):
		return rgb(0xffffff)
	case math.Hypot(x-0.69, y-0.66) <= 0.095:
		return rgb(0xfcd34d)
	}
	return rgb(0x0f766e)
}
