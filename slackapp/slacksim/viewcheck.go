package slacksim

import (
	"net/http"
	"strings"
)

// checkViewDef checks a modal or an App Home as views.* do.
func checkViewDef(def object, home bool) violations {
	c := &checker{on: surfaceModal, blockIDs: map[string]bool{}}
	want := "modal"
	if home {
		c.on, want = surfaceHome, "home"
	}
	at := "/view"
	if def["type"] != want {
		c.failLimit(at+"/type", "enum", want, def["type"], "must be one of: %s", want)
		return c.out
	}
	c.only(def, at, "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
		"notify_on_close", "external_id", "submit_disabled")
	list, ok := def["blocks"].([]any)
	if !ok {
		c.fail(at, "missing_field", "missing required field: blocks")
		return c.out
	}
	c.blocks(list, at+"/blocks")
	c.length(def, "private_metadata", at, 0, 3000)
	c.length(def, "callback_id", at, 0, 255)
	c.length(def, "external_id", at, 0, 255)
	for _, k := range []string{"clear_on_close", "notify_on_close", "submit_disabled"} {
		c.boolField(def, k, at)
	}
	if home {
		return c.out
	}
	c.text(def, "title", at, 1, 24, "plain_text", true)
	c.text(def, "submit", at, 1, 24, "plain_text", false)
	c.text(def, "close", at, 1, 24, "plain_text", false)
	if c.inputs > 0 && def["submit"] == nil {
		c.fail(at, "missing_field", "missing required field: submit (a modal with input blocks needs it)")
	}
	return c.out
}

// blocksValidate is the official checker as a method: one of blocks, message or view.
func (s *Server) blocksValidate(c *call) (object, *apiError) {
	given := 0
	var found violations
	bad := &apiError{code: "invalid_arguments", status: http.StatusOK}
	if v, ok, err := c.args.json("blocks"); ok || err != nil {
		list, isList := v.([]any)
		if err != nil || !isList {
			return nil, bad
		}
		given++
		found = checkBlocks(list, surfaceMessage, "")
	}
	if v, ok, err := c.args.json("message"); ok || err != nil {
		o, isObject := v.(object)
		list, isList := o["blocks"].([]any)
		if err != nil || !isObject || (!isList && o["blocks"] != nil) {
			return nil, bad
		}
		given++
		found = checkBlocks(list, surfaceMessage, "/blocks")
	}
	if v, ok, err := c.args.json("view"); ok || err != nil {
		o, isObject := v.(object)
		if err != nil || !isObject {
			return nil, bad
		}
		given++
		found = checkViewDef(o, o["type"] == "home")
		for i := range found {
			found[i].Pointer = strings.TrimPrefix(found[i].Pointer, "/view")
		}
	}
	if given != 1 {
		return nil, bad
	}
	if len(found) > 0 {
		return nil, &apiError{code: "invalid_blocks", extra: object{"errors": found}}
	}
	return object{}, nil
}
