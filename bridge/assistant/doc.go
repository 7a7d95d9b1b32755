// Package assistant answers visitors from a business's own knowledge.
//
// [Index] finds the passages for a question. [Builtin] answers with the
// passages' own sentences and needs no model; [Model] asks any
// OpenAI-compatible endpoint. Both take a typed decision first (answer, ask
// back or hand off), and nothing reaches a visitor that was not checked here:
// an answer rests on passages that were found, promises nothing, and never
// speaks of a handover that does not happen.
//
// What visitors and passages say is data, to the model too.
package assistant
