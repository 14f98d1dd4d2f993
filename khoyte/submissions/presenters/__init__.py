"""What the pages of submissions show, as parts of the look: no database, no request."""
