"""What every capability builds on: ports, pages, reactions."""
