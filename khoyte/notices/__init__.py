"""Messages to people: written with what caused them, heard in the application and outside it, never twice.

An action tells (`actions.tell`) in its own transaction; the worker plans what leaves the platform (who is
away, what is switched off, quiet hours, digest) and carries it out by e-mail, SMS and Zalo. A notice can hold
only the facts its kind declares, and no kind can declare a name, a number of a person or words typed by
somebody: nothing about a person's health can stand in it.
"""
