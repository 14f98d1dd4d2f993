"""Which processes a kill drill strikes."""

from collections import Counter
from itertools import islice
from random import Random

from click.testing import CliRunner

from khoyte.nonprod.faults import kill
from khoyte.nonprod.faults.commands import fault


def test_each_kind_that_was_asked_for_is_struck_as_often_as_the_others():
    order = kill._order(("web", "worker", "database"), Random(5))
    assert Counter(islice(order, 300)) == dict.fromkeys(("web", "worker", "database"), 100)


def test_kinds_are_chosen_on_the_command_line(monkeypatch):
    asked = {}
    monkeypatch.setattr(kill, "run_kill_drill", lambda n, seed, say, *, kinds: asked.update(n=n, kinds=kinds))
    CliRunner().invoke(fault, ["kill", "--n", "4", "--kind", "web", "--kind", "worker"])
    assert asked == {"n": 4, "kinds": ("web", "worker")}
