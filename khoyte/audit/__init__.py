"""Audit: who did what to which record, written in the same transaction as the act itself.

Entries are explicit rows in one table without foreign keys, never read by business rules. If the entry
cannot be written, the act fails with it (log of access: Decree 102/2025/NĐ-CP,
Law 91/2025/QH15).
"""
