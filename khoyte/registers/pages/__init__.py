"""The pages every register has, drawn from its declaration."""
