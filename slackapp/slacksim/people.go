package slacksim

import (
	"strings"
)

// user is a person or the application's bot user.
type user struct {
	ID, Team, Name, Real, Title, Email, Color string
	Admin, Guest, Stranger, Bot               bool
}

// workspace is what the seed decides and nothing changes.
type workspace struct {
	TeamID, OtherTeamID   string
	AppID, BotID, BotUser string
	BotName               string
	Users                 []*user
	Groups                []*userGroup
}

type userGroup struct {
	ID, Name, Handle string
	Users            []string
}

const (
	teamDomain = "hartwell-home"
	teamName   = "Hartwell Home Services"
)

// newWorkspace is the cast: the same people whatever the seed, with ids that follow from it, and
// further colleagues if somebody wants them.
func newWorkspace(ids idMaker, botName string, colleagues []string) workspace {
	w := workspace{
		TeamID: ids.named("T", "home"), OtherTeamID: ids.named("T", "elsewhere"),
		AppID: ids.named("A", "app"), BotID: ids.named("B", "bot"), BotUser: ids.named("U", "bot"),
		BotName: botName,
	}
	add := func(name, real, title, color string) *user {
		u := &user{ID: ids.named("U", name), Team: w.TeamID, Name: name, Real: real, Title: title,
			Color: color, Email: name + "@" + teamDomain + ".example"}
		w.Users = append(w.Users, u)
		return u
	}
	add("dana", "Dana Whitfield", "Service Coordinator", "9f69e7")
	add("lee", "Lee Okafor", "Heating Specialist", "4bbe2e")
	add("morgan", "Morgan Reyes", "Customer Care Manager", "e7392d").Admin = true
	add("gus", "Gus Lindqvist", "Seasonal Helper", "3c989f").Guest = true
	xena := add("xena", "Xena Papadakis", "Account Partner", "674b1b")
	xena.Team, xena.Stranger, xena.Email = w.OtherTeamID, true, "xena@partner.example"
	for _, name := range colleagues {
		add(name, strings.ToUpper(name[:1])+name[1:]+" Brandt", "Service Coordinator", "e96699")
	}
	bot := &user{ID: w.BotUser, Team: w.TeamID, Name: strings.ToLower(strings.ReplaceAll(botName, " ", "")),
		Real: botName, Color: "2b6cb0", Bot: true}
	w.Users = append(w.Users, bot)
	w.Groups = []*userGroup{
		{ID: ids.named("S", "agents"), Name: "Support agents", Handle: "agents", Users: w.idsOf("dana", "lee")},
		{ID: ids.named("S", "duty-managers"), Name: "Duty managers", Handle: "duty-managers", Users: w.idsOf("morgan")},
	}
	return w
}

func (w workspace) idsOf(names ...string) []string {
	var out []string
	for _, n := range names {
		for _, u := range w.Users {
			if u.Name == n {
				out = append(out, u.ID)
			}
		}
	}
	return out
}

// user finds a person by id, or nil.
func (w workspace) user(id string) *user {
	for _, u := range w.Users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// person finds a person by id or name, for the controls.
func (w workspace) person(ref string) *user {
	ref = strings.TrimPrefix(ref, "@")
	for _, u := range w.Users {
		if u.ID == ref || u.Name == ref {
			return u
		}
	}
	return nil
}

func (w workspace) group(id string) *userGroup {
	for _, g := range w.Groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// profile is the user object of users.info and users.list.
func (s *Server) profile(u *user) object {
	first, last, _ := strings.Cut(u.Real, " ")
	p := object{
		"title": u.Title, "phone": "", "skype": "", "real_name": u.Real, "real_name_normalized": u.Real,
		"display_name": u.Name, "display_name_normalized": u.Name,
		"status_text": "", "status_emoji": "", "status_expiration": 0, "status_text_canonical": "",
		"avatar_hash": "g" + strings.ToLower(u.ID[2:]), "team": u.Team,
		"first_name": first, "last_name": last,
	}
	for _, size := range []string{"24", "32", "48", "72", "192", "512"} {
		p["image_"+size] = s.avatarURL(u.ID, size)
	}
	if u.Bot {
		p["api_app_id"], p["bot_id"], p["always_active"] = s.st.ws.AppID, s.st.ws.BotID, true
		p["display_name"], p["display_name_normalized"] = "", ""
	} else if !u.Stranger && s.app.hasScope("users:read.email") {
		p["email"] = u.Email
	}
	out := object{
		"id": u.ID, "team_id": u.Team, "name": u.Name, "deleted": s.hasLeft(u.ID), "color": u.Color,
		"real_name": u.Real, "tz": "America/Chicago", "tz_label": "Central Standard Time", "tz_offset": -21600,
		"profile": p, "is_admin": u.Admin, "is_owner": false, "is_primary_owner": false,
		"is_restricted": u.Guest, "is_ultra_restricted": false, "is_bot": u.Bot, "is_app_user": false,
		"updated": s.st.Created, "is_email_confirmed": !u.Bot, "who_can_share_contact_card": "EVERYONE",
	}
	if u.Stranger {
		out["is_stranger"] = true
	}
	return out
}

func (s *Server) avatarURL(id, size string) string {
	return s.base + "/avatars/" + id + "-" + size + ".png"
}

func (s *Server) botProfile() object {
	w := s.st.ws
	return object{
		"id": w.BotID, "deleted": false, "name": w.BotName, "updated": s.st.Created, "app_id": w.AppID,
		"icons": s.botIcons(), "team_id": w.TeamID,
	}
}

func (s *Server) botIcons() object {
	id := s.st.ws.BotUser
	return object{"image_36": s.avatarURL(id, "36"), "image_48": s.avatarURL(id, "48"), "image_72": s.avatarURL(id, "72")}
}
