"""Pages of practice beside those every register has."""
