"""Electronic signatures: checked on what facilities send, made on what the platform issues.

Law on Electronic Transactions 20/2023/QH15, Decree 23/2025/NĐ-CP (trust services) and Decree 137/2024/NĐ-CP
are the instruments; their texts were not at hand, so nothing here rests on an article of theirs. An
organisation's certificate stands for its seal, a person's for the hand-written signature.

    canonical     the file as its signature sees it: canonical bytes, window by window
    xmldsig       is the signature whole, strong, over what was read, and true
    certificates  what stands in a certificate
    trust         whom this installation trusts, as a folder; lists of revoked certificates kept in it
    checking      all of it together: one answer per signed file
    signers       the keys that sign: file, USB token, remote service
    making        XML signatures made
    pdf           signatures on PDF (PAdES) and beside other documents (CMS)
    bindings      which certificate speaks for which facility

Everything but `models`, `actions`, `queries` and the commands on bindings runs without a database.
"""
