package main

import (
	"context"
	"fmt"
	"io"
)

const evalUsage = "write eval triggers [--json] [--llm] FILE, or eval answers [--json] --kb PATH FILE"

// evaluate measures the product on labelled files. It needs no database.
func evaluate(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	what, err := verb(args, evalUsage, stderr)
	if err != nil {
		return err
	}
	switch what {
	case "triggers":
		return evalTriggers(ctx, args[1:], stdout, stderr)
	case "answers":
		return evalAnswers(ctx, args[1:], stdout, stderr)
	case "fit":
		return evalFit(ctx, args[1:], stdout, stderr)
	default:
		return usageError{fmt.Errorf("eval: there is no measure %q: %s", what, evalUsage)}
	}
}
