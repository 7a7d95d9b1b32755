// Package slackapp is the desk: it shows conversations to agents in Slack and
// turns what they do there into events of the bridge. It imports bridge and
// slack-go, and no other adapter.
//
// It has two halves. [Desk] is the out-half: it takes deliveries from the
// outbox and sends them, one sender at a time for the whole workspace, each
// lane within its budget. [App] is the in-half: it keeps every envelope of the
// Socket Mode connection before it acknowledges it, and handles envelopes of
// one thread one after another, lowest stamp first.
//
// What a visitor typed reaches Slack only as literal text: in rich_text or
// plain_text elements of blocks, and escaped in the text beside them.
package slackapp
