"""Indicators (chỉ số): each declared once, in a file of its own here, and answered by `warehouse.answering`.

A declaration says name, definition, unit, source and dimensions, and gives ibis expressions, which any engine
that ibis speaks to can answer. Modules here import no ibis: expressions are made of the tables given.
"""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators import (
    bed_days,
    caesareans,
    chronic_diseases,
    complete_records,
    cost_by_service_group,
    cost_groups,
    cost_per_visit,
    discharge_papers,
    discharges,
    drug_lines,
    drug_share,
    hospital_deaths,
    injections,
    inpatient_share,
    insured_share,
    insured_visits,
    laboratory,
    length_of_stay,
    licences_expiring,
    main_diseases,
    occupancy,
    patient_share,
    personal_numbers,
    pharmacies_by_kind,
    practitioners_by_title,
    readmissions,
    referrals,
    return_slips,
    sent_in_time,
    stay_by_chapter,
    visits_by_age,
    visits_by_chapter,
    visits_by_facility,
    visits_by_kind,
    visits_by_month,
    visits_by_province,
)
from khoyte.warehouse.indicators.declaration import Indicator

SUBJECTS: tuple[tuple[Text, tuple[Indicator, ...]], ...] = tuple(
    (subject, tuple(module.INDICATOR for module in modules))
    for subject, modules in (
        (
            Text("Lượt khám, điều trị", "Visits"),
            (visits_by_month, visits_by_facility, visits_by_province, visits_by_kind, visits_by_age),
        ),
        (Text("Bệnh tật", "Diseases"), (visits_by_chapter, main_diseases, chronic_diseases)),
        (
            Text("Điều trị nội trú", "Inpatient care"),
            (
                inpatient_share,
                bed_days,
                length_of_stay,
                stay_by_chapter,
                occupancy,
                discharges,
                hospital_deaths,
                readmissions,
                caesareans,
            ),
        ),
        (
            Text("Chuyển cơ sở, giấy tờ ra viện", "Referrals and discharge papers"),
            (referrals, return_slips, discharge_papers),
        ),
        (
            Text("Chi phí và bảo hiểm y tế", "Costs and health insurance"),
            (
                cost_per_visit,
                cost_groups,
                cost_by_service_group,
                drug_share,
                insured_share,
                insured_visits,
                patient_share,
            ),
        ),
        (Text("Thuốc, xét nghiệm", "Drugs and laboratory"), (drug_lines, injections, laboratory)),
        (Text("Chất lượng dữ liệu", "Quality of data"), (sent_in_time, personal_numbers, complete_records)),
        (
            Text("Hành nghề, cơ sở bán lẻ thuốc", "Practitioners and pharmacies"),
            (practitioners_by_title, licences_expiring, pharmacies_by_kind),
        ),
    )
)
"""By subject, as they are listed."""

INDICATORS: dict[str, Indicator] = {one.code: one for _, of_subject in SUBJECTS for one in of_subject}
