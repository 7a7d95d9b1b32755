package storage_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

func taskOf(id, title string, due time.Time) bridge.Task {
	return bridge.Task{
		ID: bridge.TaskID(id), Conversation: "c1",
		TaskWish: bridge.TaskWish{
			Title: title, Text: "two\nlines", Priority: bridge.High, Due: due.UTC(), Agent: "U1", Team: "support",
			Cadence: 4 * time.Hour, Tries: 3,
		},
		Attempts: []bridge.Attempt{{At: epoch().UTC(), Agent: "U1"}}, RemindAt: due.UTC(), Told: 2, Arm: 5, Rev: 7,
		CreatedBy: "U2", CreatedAt: epoch().UTC(), UpdatedAt: epoch().UTC(),
	}
}

func keepTasks(t *testing.T, s *storage.Store, c bridge.ConversationID, tasks ...bridge.Task) {
	t.Helper()
	settle(t, s, bridge.Query{Conversation: c}, func(bridge.State) bridge.Changes { return bridge.Changes{Tasks: tasks} })
}

func TestTasks(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		begin(t, s, "c1")
		due := epoch().Add(time.Hour)
		first := taskOf("t1", "Call Ana <b>", due)
		keepTasks(t, s, "c1", first)
		got, err := s.Task(ctx, "t1")
		if err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("task is %+v, %v; want %+v", got, err, first)
		}
		if _, err := s.Task(ctx, "nosuch"); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("an unknown task gives %v", err)
		}

		// One that stands alone, one of the team, one without a time, one done.
		alone := taskOf("t2", "Order filters", due.Add(-2*time.Hour))
		alone.Conversation = ""
		team := taskOf("t3", "Water the plants", due.Add(time.Hour))
		team.Agent = ""
		timeless := taskOf("t4", "Some day", time.Time{})
		timeless.Agent, timeless.Due, timeless.RemindAt = "U2", time.Time{}, time.Time{}
		done := taskOf("t5", "Done", due)
		done.Outcome, done.Note, done.ClosedBy, done.ClosedAt = bridge.Booked, "Friday", "U1", epoch().UTC()
		keepTasks(t, s, "task:t2", alone)
		keepTasks(t, s, "c1", team, timeless, done)
		for name, c := range map[string]struct {
			filter bridge.TaskFilter
			want   []bridge.TaskID
		}{
			"all":           {bridge.TaskFilter{}, []bridge.TaskID{"t2", "t1", "t3", "t4"}},
			"mine":          {bridge.TaskFilter{Agent: "U1"}, []bridge.TaskID{"t2", "t1"}},
			"team":          {bridge.TaskFilter{Teams: []bridge.TeamID{"sales", "support"}}, []bridge.TaskID{"t3"}},
			"another team":  {bridge.TaskFilter{Teams: []bridge.TeamID{"sales"}}, nil},
			"overdue":       {bridge.TaskFilter{DueBefore: epoch()}, []bridge.TaskID{"t2"}},
			"mine, overdue": {bridge.TaskFilter{Agent: "U2", DueBefore: epoch()}, nil},
			"about a chat":  {bridge.TaskFilter{Conversation: "c1"}, []bridge.TaskID{"t1", "t3", "t4"}},
		} {
			list, err := s.Tasks(ctx, c.filter, 10)
			must(t, err)
			var ids []bridge.TaskID
			for _, v := range list {
				ids = append(ids, v.ID)
			}
			if !reflect.DeepEqual(ids, c.want) {
				t.Errorf("%s: %v, want %v", name, ids, c.want)
			}
		}
		if list, err := s.Tasks(ctx, bridge.TaskFilter{}, 2); err != nil || len(list) != 2 {
			t.Errorf("two at most are %v, %v", list, err)
		}

		// Decide sees the task, and where it was posted comes back.
		settle(t, s, bridge.Query{Conversation: "task:t2", Task: "t2"}, func(st bridge.State) bridge.Changes {
			if st.Task == nil || st.Task.Title != "Order filters" || st.Conversation.Begun() {
				t.Errorf("decide sees %+v", st)
			}
			return bridge.Changes{Deliveries: []bridge.Delivery{{
				ID: "d2", Lane: bridge.LanePost, Key: "reminder:t2", Kind: bridge.KindReminder, Conversation: "task:t2", Subject: "t2", Due: epoch(),
			}}}
		})
		if routes, err := s.PostRoutes(ctx); err != nil || !reflect.DeepEqual(routes, []bridge.Route{""}) {
			t.Errorf("a task that stands alone is posted by routes %q, %v", routes, err)
		}
		if _, due, err := s.PostDue(ctx, ""); err != nil || !due {
			t.Errorf("the default route has something due: %v, %v", due, err)
		}
		taken, err := s.TakePost(ctx, "", epoch().Add(time.Minute), time.Minute, 1)
		if err != nil || len(taken) != 1 {
			t.Fatalf("taken %v, %v", taken, err)
		}
		must(t, s.Complete(ctx, taken[0], bridge.Place{Channel: "C1", Stamp: "1.5"}, epoch()))
		if got, err := s.Task(ctx, "t2"); err != nil || got.Card != (bridge.Place{Channel: "C1", Stamp: "1.5"}) || !got.Thread.IsZero() {
			t.Errorf("after its post the task is %+v, %v", got, err)
		}

		must(t, s.SaveVisitor(ctx, bridge.Visitor{ID: "v9", SiteID: "default", Reach: bridge.Reach{Status: bridge.ReachTrying, Tries: 2, Last: epoch().UTC()}}))
		if v, err := s.Visitor(ctx, "v9"); err != nil || v.Reach.Tries != 2 || v.Reach.Status != bridge.ReachTrying || !v.Reach.Last.Equal(epoch()) {
			t.Errorf("reach is %+v, %v", v.Reach, err)
		}
	})
}

// A task that falls due is told once, also when its timer fires on two
// replicas and again after a restart.
func TestATaskFallsDueOnce(t *testing.T) {
	for name, address := range engines() {
		t.Run(name, func(t *testing.T) {
			url := address(t)
			s := open(t, url)
			b := bridgeOn(s)
			_, err := b.Handle(t.Context(), bridge.TaskAdded{
				TaskPress: bridge.TaskPress{Key: "view:1", Task: "t1", Agent: bridge.Agent{ID: "U1"}},
				Wish:      bridge.TaskWish{Title: "Order filters", Due: time.Now().Add(-time.Minute)},
			})
			must(t, err)
			task, err := s.Task(t.Context(), "t1")
			must(t, err)
			all(4, func(int) {
				if _, err := b.Handle(t.Context(), bridge.TaskDue{Task: "t1", Arm: task.Arm}); err != nil {
					t.Error(err)
				}
			})
			if name == "sqlite" {
				must(t, s.Close())
				s = open(t, url)
			}
			_, err = bridgeOn(s).Handle(t.Context(), bridge.TaskDue{Task: "t1", Arm: task.Arm})
			must(t, err)
			if task, err := s.Task(t.Context(), "t1"); err != nil || task.Told != 1 {
				t.Errorf("told %d times, %v", task.Told, err)
			}
			var posts int
			must(t, s.Read(t.Context(), &posts, `SELECT count(*) FROM deliveries WHERE kind = 'reminder'`))
			if posts != 1 {
				t.Errorf("%d posts", posts)
			}
		})
	}
}
