"""Money of a visit, exact to the hundredth of a đồng (annex of Decision 4750/QĐ-BYT; rules V-056 to V-073).

Unit prices and quantities are thousandths, amounts hundredths, rates whole percents; halves round up.
"""

from __future__ import annotations

from dataclasses import dataclass

BY_SERVICE = "1"  # MA_PTTT: fee for service


@dataclass
class Line:
    """One drug, service or supply line on its way to a row; amounts in hundredths of a đồng."""

    table: str
    row: dict[str, str]
    hospital: int  # THANH_TIEN_BV
    insured: int  # THANH_TIEN_BH
    support: int = 0  # T_NGUONKHAC, never above what the patient pays outside insurance


@dataclass
class Totals:
    """Sums of a visit in hundredths of a đồng, named as in XML1."""

    drugs: int = 0
    supplies: int = 0
    hospital: int = 0
    insured: int = 0
    outside: int = 0
    copay: int = 0
    fund: int = 0
    support: int = 0
    fund_by_service: int = 0

    def as_fields(self) -> dict[str, str]:
        return {
            "T_THUOC": amount(self.drugs),
            "T_VTYT": amount(self.supplies),
            "T_TONGCHI_BV": amount(self.hospital),
            "T_TONGCHI_BH": amount(self.insured),
            "T_BNTT": amount(self.outside),
            "T_BNCCT": amount(self.copay),
            "T_BHTT": amount(self.fund),
            "T_NGUONKHAC": amount(self.support),
            "T_BHTT_GDV": amount(self.fund_by_service),
        }


def amount(hundredths: int) -> str:
    """Text of an amount: whole đồng without a mark, else two decimals after a dot."""
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def quantity(thousandths: int) -> str:
    """Text of a quantity or unit price, at most three decimals."""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03d}".rstrip("0") if rest else str(whole)


def cost(count: int, price: int, rate: int = 100) -> int:
    """count x price x rate % in hundredths, from thousandths of both."""
    return (count * price * rate + 500_000) // 1_000_000


def share(hundredths: int, percent: int) -> int:
    return (hundredths * percent + 50) // 100


def settle(lines: list[Line], benefit: int) -> Totals:
    """Split every line between fund, patient and donors, fill its money fields and add up the visit."""
    totals = Totals()
    for line in lines:
        fund = share(line.insured, benefit) if line.insured else 0
        copay = line.insured - fund
        outside = line.hospital - line.insured - line.support
        _write(line, benefit if line.insured else 0, fund, copay, outside)
        _add(totals, line, fund, copay, outside)
    return totals


def _write(line: Line, benefit: int, fund: int, copay: int, outside: int) -> None:
    support = amount(line.support)
    line.row.update(
        THANH_TIEN_BV=amount(line.hospital),
        THANH_TIEN_BH=amount(line.insured),
        MUC_HUONG=str(benefit),
        T_NGUONKHAC_NSNN="0",
        T_NGUONKHAC_VTNN="0",
        T_NGUONKHAC_VTTN=support,
        T_NGUONKHAC_CL="0",
        T_NGUONKHAC=support,
        T_BNTT=amount(outside),
        T_BNCCT=amount(copay),
        T_BHTT=amount(fund),
    )


def _add(totals: Totals, line: Line, fund: int, copay: int, outside: int) -> None:
    totals.hospital += line.hospital
    totals.insured += line.insured
    totals.outside += outside
    totals.copay += copay
    totals.fund += fund
    totals.support += line.support
    if line.table == "XML2":
        totals.drugs += line.hospital
    elif line.row["MA_NHOM"] == "10":
        totals.supplies += line.hospital
    if line.row["MA_PTTT"] == BY_SERVICE:
        totals.fund_by_service += fund
