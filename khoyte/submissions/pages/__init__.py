"""Pages of submissions: each view reads the address, asks one query, hands the result to a presenter."""
