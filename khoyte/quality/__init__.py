"""The six words of the plans (đúng, đủ, sạch, sống, thống nhất, dùng chung) as published formulas.

`words` declares the formulas, `criteria` what breaks them in each database, `computing` works out the scores
of the units that changed, `loop` does so within seconds of a change (docs/decisions/0027-quality-words.md).
"""
