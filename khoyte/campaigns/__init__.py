"""Campaigns: a plan's steps with their days, measured from the registers themselves; reminders; reports.

Plans are data (`data/campaigns.toml`, and a file of the same form in KHOYTE_HOME/campaigns.toml that replaces
campaigns of the same name). Nobody enters progress: who has not declared, who holds what, and when a province
will be done at its present rate is counted from the registers. A small ledger keeps inspections.
"""
