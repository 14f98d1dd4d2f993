"""The whole document of a visit, assembled from the exact bytes on reading; each reading is recorded."""

from collections.abc import Iterable

from khoyte.audit import actions as audit
from khoyte.submissions import raw
from khoyte.submissions.models import Submission
from khoyte.submissions.reader import document, locate
from khoyte.units.policy import Actor
from khoyte.visits.models import Visit

Document = dict[str, list[dict[str, str]]]


def read_visit(visit: Visit, *, by: Actor, purpose: str) -> Document:
    """Tables, rows and fields of this version as sent; an audit entry in the same transaction."""
    submission = Submission.objects.get(pk=visit.submission_id)
    source = raw.source_of(submission)
    found = document(source, locate(source, visit.byte_offset, visit.byte_length))
    audit.record(
        by=by,
        action="visit.read",
        subject_kind="visit",
        subject_id=str(visit.pk),
        facility=visit.facility,
        province=visit.province,
        purpose=purpose,
        details={"version": visit.version, "tables": list(found)},
    )
    return found


def record_list(visits: Iterable[Visit], *, by: Actor, purpose: str) -> None:
    """Names and diseases of these visits were shown in a list: an entry for each, in the same transaction."""
    audit.record_all(
        by=by,
        action="visit.list",
        subject_kind="visit",
        purpose=purpose,
        entries=[audit.Entry(str(one.pk), one.facility, one.province) for one in visits],
    )
