"""Indicators (chỉ số): each declared once, in a file of its own here, and answered by `warehouse.answering`.

A declaration says name, definition, unit, source and dimensions, and gives one ibis expression, which any
engine that ibis speaks to can answer. Modules here import no ibis: expressions are made of the tables given.
"""

from khoyte.warehouse.indicators import (
    cost_groups,
    cost_per_visit,
    drug_lines,
    insured_share,
    length_of_stay,
    main_diseases,
    referrals,
    return_slips,
    visits_by_facility,
    visits_by_month,
)
from khoyte.warehouse.indicators.declaration import Indicator

INDICATORS: dict[str, Indicator] = {
    module.INDICATOR.code: module.INDICATOR
    for module in (
        visits_by_month,
        visits_by_facility,
        length_of_stay,
        main_diseases,
        referrals,
        return_slips,
        cost_per_visit,
        cost_groups,
        insured_share,
        drug_lines,
    )
}
