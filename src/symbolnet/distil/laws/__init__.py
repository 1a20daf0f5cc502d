"""Laws out of messages: a library of terms, their ranking, fits and choice, and the judge."""
