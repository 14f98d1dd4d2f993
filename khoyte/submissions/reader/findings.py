"""What the reader itself finds wrong or unusual, as data; the rulebook (`structure`) has the words."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class StructuralFinding:
    """One finding of a structure rule (V-001, V-002, V-004 to V-007, V-009).

    `dossier` is the index in the batch, None for the file as a whole; `row` counts from 1. `params["reason"]`
    is stable and says which case of the rule it is. `level` overrides the rule's own level where the case is
    milder (nested XML is read but warned of). `quarantine`: the dossier cannot be attributed or read.
    """

    rule: str
    dossier: int | None
    table: str | None = None
    row: int | None = None
    field: str | None = None
    params: dict[str, Any] = dataclasses.field(default_factory=dict)
    quarantine: bool = False
    level: str | None = None
