"""What is to be done, by whom, until when; which databases exist; and what the data themselves say of it."""
