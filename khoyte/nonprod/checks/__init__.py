"""Checks of our own on code, tree and dependencies, run by `.ci/checks`; none of them needs a network.

    python -m khoyte.nonprod.checks                  every check
    python -m khoyte.nonprod.checks code secrets     some of them
    python -m khoyte.nonprod.checks --write-sbom     docs/sbom.cdx.json anew

Exit status: 0 nothing found, 1 something found, 3 a check could not be made (NOT CHECKED). A check that
looked at nothing never says that nothing was found.
"""
