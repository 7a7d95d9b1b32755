package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

func morgan() bridge.Actor { return bridge.Actor{ID: "U9", Name: "Morgan"} }

func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		setup, err := s.Setup(ctx)
		must(t, err)
		if setup.Team("").ID != "support" || setup.Windows.Reactivation != 8*time.Hour || len(setup.Sites) != 1 {
			t.Errorf("an empty database has the settings %+v", setup)
		}

		changes, err := s.ChangeSetup(ctx, morgan(), func(s bridge.Setup) (bridge.Setup, error) {
			s.Windows.Idle = time.Hour
			s.Sites[0].Name = "Hearth"
			s.Sites[0].Hours = bridge.Hours{Zone: "America/Chicago", Week: map[string]string{"mon": "09:00-17:00"}}
			s.Sites = append(s.Sites, bridge.Site{ID: "shop"})
			return s, nil
		})
		must(t, err)
		var said []string
		for _, c := range changes {
			said = append(said, c.String())
		}
		want := []string{
			"sites.default.hours.timezone: nothing → America/Chicago",
			"sites.default.hours.week.mon: nothing → 09:00-17:00",
			"sites.default.name: our team → Hearth",
			"sites.shop.id: nothing → shop",
			"windows.idle: 30m → 1h",
		}
		if strings.Join(said, "\n") != strings.Join(want, "\n") {
			t.Errorf("changes are\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
		}

		setup, err = s.Setup(ctx)
		must(t, err)
		if setup.Windows.Idle != time.Hour || setup.Schedule("default", "support").Open(time.Date(2026, 3, 8, 15, 0, 0, 0, time.UTC)) {
			t.Errorf("settings are %+v, open on a Sunday %v", setup, setup.Schedule("default", "support"))
		}
		if site, err := s.Site(ctx, "default"); err != nil || site.Name != "Hearth" {
			t.Errorf("the site is %+v, %v", site, err)
		}
		entries, err := s.Audit(ctx, time.Time{}, 100)
		must(t, err)
		if len(entries) != len(want) {
			t.Fatalf("on record are %d changes, want %d", len(entries), len(want))
		}
		last := entries[len(entries)-1]
		if last.Actor != morgan() || last.Action != bridge.AuditSettings || last.Subject != "windows.idle" || last.Before != "30m" || last.After != "1h" || last.At.IsZero() {
			t.Errorf("on record is %+v", last)
		}

		again, err := s.ChangeSetup(ctx, morgan(), func(s bridge.Setup) (bridge.Setup, error) { return s, nil })
		if err != nil || len(again) != 0 {
			t.Errorf("no change is %v, %v", again, err)
		}
		if after, err := s.Setup(ctx); err != nil || after.Edition != setup.Edition {
			t.Errorf("no change makes edition %d of %d, %v", after.Edition, setup.Edition, err)
		}
		if older, err := s.Audit(ctx, last.At, 100); err != nil || len(older) != 0 {
			t.Errorf("before the first change stand %v, %v", older, err)
		}
	})
}

func TestRefusedSettingsChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		before, err := s.Setup(ctx)
		must(t, err)
		for name, change := range map[string]func(bridge.Setup) (bridge.Setup, error){
			"its own error": func(s bridge.Setup) (bridge.Setup, error) {
				s.Windows.Idle = time.Hour
				return s, errors.New("no")
			},
			"a check":        func(s bridge.Setup) (bridge.Setup, error) { s.Windows.Idle = -1; return s, nil },
			"a site removed": func(s bridge.Setup) (bridge.Setup, error) { s.Sites = nil; return s, nil },
		} {
			changes, err := s.ChangeSetup(ctx, morgan(), change)
			var refused *bridge.SetupError
			if !errors.As(err, &refused) || len(changes) != 0 {
				t.Errorf("%s gives %v, %v", name, changes, err)
			}
		}
		after, err := s.Setup(ctx)
		if left := before.ChangesTo(after); err != nil || len(left) != 0 || after.Edition != before.Edition {
			t.Errorf("refused changes left %v, edition %d, %v", left, after.Edition, err)
		}
		if entries, err := s.Audit(ctx, time.Time{}, 10); err != nil || len(entries) != 0 {
			t.Errorf("on record are %v, %v", entries, err)
		}
	})
}

// Many change settings at once, each on top of the others.
func TestChangesOfSettingsDoNotOverwriteOneAnother(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		const n = 20
		var failed atomic.Int64
		all(n, func(i int) {
			_, err := s.ChangeSetup(t.Context(), morgan(), func(s bridge.Setup) (bridge.Setup, error) {
				s.Teams = append(s.Teams, bridge.Team{ID: bridge.TeamID(fmt.Sprint("team", i))})
				return s, nil
			})
			if err != nil {
				failed.Add(1)
				t.Error(err)
			}
		})
		setup, err := s.Setup(t.Context())
		must(t, err)
		if want := n + 1 - int(failed.Load()); len(setup.Teams) != want {
			t.Errorf("%d teams are left of %d", len(setup.Teams), want)
		}
	})
}

// A change made through one store is seen by the next look of another.
func TestSettingsCrossProcesses(t *testing.T) {
	address := engines()["postgres"](t)
	one, other := open(t, address), open(t, address)
	_, err := other.Setup(t.Context())
	must(t, err)
	_, err = one.ChangeSetup(t.Context(), morgan(), func(s bridge.Setup) (bridge.Setup, error) {
		s.SLA.Urgent = time.Second
		return s, nil
	})
	must(t, err)
	if setup, err := other.Setup(t.Context()); err != nil || setup.SLA.Urgent != time.Second {
		t.Errorf("the other process sees %+v, %v", setup.SLA, err)
	}
	site := bridge.DefaultSite()
	site.Name = "renamed"
	must(t, one.SaveSite(t.Context(), site))
	if setup, err := other.Setup(t.Context()); err != nil || setup.Sites[0].Name != "renamed" {
		t.Errorf("the other process sees the site %+v, %v", setup.Sites, err)
	}
}
