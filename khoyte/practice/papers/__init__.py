"""The official papers of this room, one file a form.

What each form says was written down from memory and from forms in use: the annexes of Decree 96/2023/NĐ-CP
were not at hand. Where they differ, the file of the form is corrected.
"""

from khoyte.practice.papers.decision import DECISION
from khoyte.practice.papers.licence import LICENCE
from khoyte.practice.papers.operating_decision import OPERATING_DECISION
from khoyte.practice.papers.operating_licence import OPERATING_LICENCE
from khoyte.practice.papers.practice_history import PRACTICE_HISTORY
from khoyte.practice.papers.practitioner_list import PRACTITIONER_LIST

PAPERS = (
    PRACTITIONER_LIST,
    PRACTICE_HISTORY,
    LICENCE,
    DECISION,
    OPERATING_LICENCE,
    OPERATING_DECISION,
)
